export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined when the value is plain JSON no deeper than `depth`, else what is wrong with it. */
export function jsonFault(value: unknown, depth: number): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value === 'number')
    return Number.isFinite(value) ? undefined : 'it holds a number that JSON cannot write';
  if (typeof value !== 'object') return 'it holds a value that is not JSON';
  if (depth === 0) return 'it is nested too deeply';
  for (const item of Object.values(value)) {
    const fault = jsonFault(item, depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Equal as JSON Schema counts it: numbers by value, objects without regard to order. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index] ?? null));
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] ?? null, b[key] ?? null))
    );
  }
  return a === b;
}
