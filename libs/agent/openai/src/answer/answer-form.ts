/** What the text of an answer may be. `field` names where the schema stood, for refusals. */
export type TextForm =
  | { kind: 'free' }
  | { kind: 'json-object' }
  | { kind: 'json-schema'; schema: unknown; field: string };

/** A function as the answer may call it; `field` names where its parameters stood. */
export interface CallableFunction {
  name: string;
  parameters?: Record<string, unknown>;
  field: string;
  /** Arguments keep to `parameters` even where a call is the model's own choice. */
  strict: boolean;
}

export interface CallForm {
  functions: readonly CallableFunction[];
  /** The answer is nothing but calls; their arguments keep to `parameters`. */
  required: boolean;
  /** At most one call. */
  single: boolean;
}

/** What an answer must look like, whichever API asked: text of a form, and calls where functions are offered. */
export interface AnswerForm {
  text: TextForm;
  calls?: CallForm;
}

export const FREE_TEXT: AnswerForm = { text: { kind: 'free' } };

/** False where the model may write what it likes. */
export function isConstrained({ text, calls }: AnswerForm): boolean {
  return text.kind !== 'free' || (calls !== undefined && isHeld(calls));
}

/** Calls that only a grammar can hold to what was asked. */
export function isHeld({ functions, required, single }: CallForm): boolean {
  return required || single || functions.some(({ strict }) => strict);
}

/** Whether the form leaves room for thinking before the answer: one that must begin with JSON or a call does not. */
export function allowsThinking({ text, calls }: AnswerForm): boolean {
  return text.kind === 'free' && calls?.required !== true;
}
