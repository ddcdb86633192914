import type { AnswerForm } from '@flotilla/agent-openai';

/** The schemas that an answer is held to, each with the field that it stood in: they are what compiling a form costs. */
export function heldSchemas({ text, calls }: AnswerForm): { schema: unknown; field: string }[] {
  const functions = calls?.functions ?? [];
  return [
    ...(text.kind === 'json-schema' ? [text] : []),
    ...functions
      .filter(({ strict }) => strict || calls?.required === true)
      .map(({ parameters, field }) => ({ schema: parameters ?? {}, field })),
  ];
}
