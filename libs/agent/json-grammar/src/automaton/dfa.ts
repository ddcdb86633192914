import { CHARACTER_COUNT, EVERY_CHARACTER } from './ranges.ts';

/** Code points `from` to `to`, both included, lead to the state `target`. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly target: number;
}

/**
 * A deterministic automaton over Unicode scalar values: a set of strings.
 * State 0 is the start. Edges of a state are sorted and disjoint; a character without an edge is refused.
 */
export interface Dfa {
  readonly accept: readonly boolean[];
  readonly edges: readonly (readonly Edge[])[];
}

export const EMPTY: Dfa = { accept: [false], edges: [[]] };

export const ANY_TEXT: Dfa = {
  accept: [true],
  edges: [EVERY_CHARACTER.map(([from, to]) => ({ from, to, target: 0 }))],
};

/** True of a minimal automaton that takes no string at all. */
export function isEmpty(dfa: Dfa): boolean {
  return !dfa.accept.includes(true);
}

export function takes(dfa: Dfa, text: string): boolean {
  let state = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const edge = dfa.edges[state]?.find(({ from, to }) => from <= code && code <= to);
    if (!edge) return false;
    state = edge.target;
  }
  return dfa.accept[state] === true;
}

/** Whether a state has an edge for every character. */
export function isComplete(edges: readonly Edge[]): boolean {
  return edges.reduce((count, { from, to }) => count + to - from + 1, 0) === CHARACTER_COUNT;
}

/** Strings of `min` to `max` characters. */
export function anyTextOf(min: number, max: number): Dfa {
  const last = max === Infinity ? min : max;
  const count = last + 1;
  return {
    accept: Array.from({ length: count }, (_, index) => index >= min),
    edges: Array.from({ length: count }, (_, index) =>
      index < last || max === Infinity
        ? EVERY_CHARACTER.map(([from, to]) => ({ from, to, target: Math.min(index + 1, last) }))
        : [],
    ),
  };
}
