import type { SuiteItem } from '@flotilla/starter-models';

/**
 * Whether an answer is the expected one: text exactly (ends trimmed), JSON whatever its key order and spacing,
 * a tool call by the JSON inside its tags.
 */
export function isRight(answer: string, expected: SuiteItem['expected']): boolean {
  const text = answer.trim();
  switch (expected.kind) {
    case 'exact':
      return text === expected.value.trim();
    case 'json':
      return sameJson(text, expected.value);
    case 'tool-call': {
      const call = /^<tool_call>([\s\S]*)<\/tool_call>$/.exec(text)?.[1];
      return call !== undefined && sameJson(call, expected.value);
    }
  }
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return canonical(JSON.parse(text)) === canonical(value);
  } catch {
    return false;
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}
