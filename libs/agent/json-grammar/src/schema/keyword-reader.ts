import { Refusal } from '../refusal.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { below } from './pointer.ts';

/** Reads keywords of one schema object, each by the shape that it must have. A wrong shape is refused by name. */
export class KeywordReader {
  readonly #schema: JsonObject;
  readonly path: string;

  constructor(schema: JsonObject, path: string) {
    this.#schema = schema;
    this.path = path;
  }

  refuse(keyword: string, reason: string): never {
    throw new Refusal({ keyword, path: this.path, reason });
  }

  has(keyword: string): boolean {
    return Object.hasOwn(this.#schema, keyword);
  }

  value(keyword: string): JsonValue | undefined {
    return this.has(keyword) ? this.#schema[keyword] : undefined;
  }

  number(keyword: string): number | undefined {
    const value = this.value(keyword);
    if (value === undefined || typeof value === 'number') return value;
    return this.refuse(keyword, `${keyword} must be a number`);
  }

  count(keyword: string, largest: number): number | undefined {
    const value = this.value(keyword);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
      return this.refuse(keyword, `${keyword} must be a whole number from 0`);
    if (value > largest) return this.refuse(keyword, `${keyword} may be at most ${largest} here`);
    return value;
  }

  string(keyword: string): string | undefined {
    const value = this.value(keyword);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(keyword, `${keyword} must be a string`);
  }

  strings(keyword: string): readonly string[] {
    const value = this.value(keyword) ?? [];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    return this.refuse(keyword, `${keyword} must be a list of strings`);
  }

  /** The pointer of the one schema under a keyword. */
  schema(keyword: string): string | undefined {
    const value = this.value(keyword);
    if (value === undefined) return undefined;
    if (typeof value === 'boolean' || isJsonObject(value)) return below(this.path, keyword);
    return this.refuse(keyword, `${keyword} must be a schema`);
  }

  /** The pointers of a list of schemas. */
  schemas(keyword: string, { mayBeEmpty = false } = {}): readonly string[] {
    const value = this.value(keyword);
    if (value === undefined) return [];
    if (!Array.isArray(value) || (value.length === 0 && !mayBeEmpty))
      return this.refuse(keyword, `${keyword} must be a list of schemas`);
    return value.map((_, index) => below(this.path, keyword, index));
  }

  /** The pointers of schemas by name. */
  schemaMap(keyword: string): ReadonlyMap<string, string> {
    const value = this.value(keyword);
    if (value === undefined) return new Map();
    if (!isJsonObject(value)) return this.refuse(keyword, `${keyword} must be an object of schemas`);
    return new Map(Object.keys(value).map((name) => [name, below(this.path, keyword, name)]));
  }
}
