import type { Dfa } from '../automaton/dfa.ts';

/**
 * Schemas that must all hold of one value. Their own `$ref` and `allOf` are followed, so two conjunctions of the same meaning
 * have the same key. There are finitely many over a document: that is why recursion ends.
 */
export interface Conjunction {
  readonly key: string;
  readonly paths: readonly string[];
  /** True where it only serves to show that two branches share nothing; no further proofs are asked below it. */
  readonly proof: boolean;
}

/** What a value of a conjunction may be: any of these. Objects and arrays may still turn out impossible further down. */
export interface Shape {
  readonly words: readonly ('null' | 'true' | 'false')[];
  /** Contents of a string, before JSON's escapes. */
  readonly text: Dfa;
  /** A number as JSON text. */
  readonly number: Dfa;
  readonly lists: readonly ListShape[];
  readonly records: readonly RecordShape[];
  /** Whole values as JSON text. */
  readonly literals: readonly string[];
}

export interface ListShape {
  readonly prefix: readonly Conjunction[];
  readonly rest: Conjunction;
  readonly min: number;
  readonly max: number;
}

export interface RecordShape {
  /** In the order in which they are written. */
  readonly members: readonly Member[];
  /** Keys beyond the members, by language; the languages are disjoint and hold no member's key. */
  readonly others: readonly { readonly names: Dfa; readonly value: Conjunction }[];
}

export interface Member {
  readonly key: string;
  readonly value: Conjunction;
  readonly required: boolean;
}
