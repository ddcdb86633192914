import type { GoldenPrompt } from '@flotilla/contracts';

/** Whether a text holds a match of a pattern. Its owner ends it after a short time: a pattern may never stop by itself. */
export type RegexMatcher = (input: { pattern: string; flags: string; text: string }) => boolean;

/** Whether a value fits a JSON schema. */
export type SchemaValidator = (input: { schema: Record<string, unknown>; value: unknown }) => boolean;

/** `reason` names what was wrong without a word of the answer, since it travels off the box. */
export type Judgement = { ok: true } | { ok: false; reason: string };

/** Longest answer that is judged, in characters; 512 tokens, the most a golden prompt may ask for, are far below. */
export const LONGEST_ANSWER = 16_384;

/** Whether an answer is the one a golden prompt expects. White space around it does not count. */
export function judgeAnswer({
  expect,
  answer,
  matchesRegex,
  fitsSchema,
}: {
  expect: GoldenPrompt['expect'];
  answer: string;
  matchesRegex: RegexMatcher;
  fitsSchema: SchemaValidator;
}): Judgement {
  const text = answer.trim();
  if (text.length > LONGEST_ANSWER) return wrong(`the answer has more than ${LONGEST_ANSWER} characters`);
  switch (expect.kind) {
    case 'exact':
      return text === expect.value.trim() ? { ok: true } : wrong('the answer is not the expected text');
    case 'regex':
      return judge('the answer does not match the expected pattern', () =>
        matchesRegex({ pattern: expect.pattern, flags: expect.flags, text }),
      );
    case 'json-schema': {
      const value = parseJson(text);
      if (value === undefined) return wrong('the answer is not JSON');
      return judge('the answer does not fit the expected JSON schema', () =>
        fitsSchema({ schema: expect.schema, value: value.json }),
      );
    }
  }
}

function judge(reason: string, test: () => boolean): Judgement {
  try {
    return test() ? { ok: true } : wrong(reason);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return wrong(`what is expected could not be tested: ${why.slice(0, 200)}`);
  }
}

function parseJson(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function wrong(reason: string): Judgement {
  return { ok: false, reason };
}
