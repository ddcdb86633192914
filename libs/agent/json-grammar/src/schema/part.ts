import type { FormatName } from '../language/formats.ts';
import type { JsonValue } from './json-value.ts';

export type Kind = 'null' | 'boolean' | 'string' | 'number' | 'integer' | 'array' | 'object';

/** One of several subschemas must hold; for `oneOf`, exactly one. Branches are pointers. */
export interface Choice {
  readonly keyword: 'anyOf' | 'oneOf';
  readonly branches: readonly string[];
}

/**
 * One schema object, its keywords checked and sorted by what they speak about. Other schemas are named by pointer.
 * A rule about strings says nothing about a number, and so on: that is what `kinds` is for.
 */
export interface Part {
  readonly path: string;
  /** True of `false`: no value at all. */
  readonly never: boolean;
  readonly kinds: ReadonlySet<Kind> | undefined;
  /** The lists of `enum` and `const`: a value must be in each. */
  readonly values: readonly (readonly JsonValue[])[];
  readonly text: TextRules;
  readonly number: NumberRules;
  readonly list: ListRules;
  readonly record: RecordRules;
  /** Schemas that must hold as well: `$ref` and `allOf`. */
  readonly all: readonly string[];
  readonly choices: readonly Choice[];
}

export interface TextRules {
  readonly pattern?: string;
  readonly format?: FormatName;
  readonly minLength: number;
  readonly maxLength: number;
}

export interface NumberRules {
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
}

export interface ListRules {
  readonly prefix: readonly string[];
  readonly items?: string;
  readonly minItems: number;
  readonly maxItems: number;
}

export interface RecordRules {
  readonly properties: ReadonlyMap<string, string>;
  readonly patterns: readonly { readonly pattern: string; readonly schema: string }[];
  readonly additional?: string;
  readonly required: readonly string[];
  readonly names?: string;
}
