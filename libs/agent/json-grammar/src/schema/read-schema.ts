import type { GrammarLimits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { jsonFault, type JsonValue } from './json-value.ts';
import type { Part } from './part.ts';
import { valueAt } from './pointer.ts';
import { readPart, sameValue, schemasUnder } from './read-part.ts';

/** Every schema of a document by its pointer, read and checked. */
export type Parts = ReadonlyMap<string, Part>;

/** Reads a whole document. Any keyword that cannot be enforced is refused, wherever it stands. */
export function readSchema(schema: unknown, limits: GrammarLimits): Parts {
  const fault = jsonFault(schema, limits.depth);
  if (fault !== undefined)
    throw new Refusal({ keyword: '', path: '', reason: `the schema cannot be read: ${fault}` });
  const text = JSON.stringify(schema);
  if (new TextEncoder().encode(text).length > limits.schemaBytes)
    throw new Refusal({
      keyword: '',
      path: '',
      reason: `the schema is larger than ${limits.schemaBytes} bytes`,
    });
  const root = JSON.parse(text) as JsonValue;
  const parts = new Map<string, Part>();
  const queue: { path: string; from: string }[] = [{ path: '', from: '' }];
  for (const { path, from } of queue) {
    if (parts.has(path)) continue;
    const value = valueAt(root, path);
    if (value === undefined)
      throw new Refusal({ keyword: '$ref', path: from, reason: `$ref points at nothing: #${path}` });
    const part = readPart(value, path, limits);
    parts.set(path, part);
    for (const next of schemasUnder(part, value)) queue.push({ path: next, from: path });
  }
  refuseLoops(parts);
  return parts;
}

/** A schema that asks of a value only that it satisfies itself means nothing: Ajv would never return. */
function refuseLoops(parts: Parts): void {
  const done = new Set<string>();
  const open = new Set<string>();
  const visit = (part: Part): void => {
    if (done.has(part.path)) return;
    if (open.has(part.path))
      throw new Refusal({
        keyword: '$ref',
        path: part.path,
        reason: 'the schema refers to itself without a property or an item in between',
      });
    open.add(part.path);
    for (const path of sameValue(part)) {
      const next = parts.get(path);
      if (next) visit(next);
    }
    open.delete(part.path);
    done.add(part.path);
  };
  for (const part of parts.values()) visit(part);
}
