const encoder = new TextEncoder();

/**
 * The one byte sequence of a JSON value (RFC 8785): object members sorted by UTF-16 code units, ECMAScript numbers,
 * no white space, UTF-8. Two machines that agree on a value agree on its digest and signature.
 *
 * Object members that are `undefined` are left out, as `JSON.stringify` does.
 * Throws TypeError, naming the place, for what JSON cannot say: NaN, Infinity, bigint, functions, holes,
 * lone surrogates, class instances (a Date would silently become text), cycles.
 */
export function canonicalJson(value: unknown): Uint8Array {
  return encoder.encode(write(value, '$', new Set()));
}

function write(value: unknown, place: string, parents: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, place);
    case 'boolean':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${place} is ${value}, which JSON cannot say`);
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeContainer(value, place, parents);
    default:
      throw new TypeError(`${place} is of type ${typeof value}, which JSON cannot say`);
  }
}

function writeString(text: string, place: string): string {
  if (!text.isWellFormed()) throw new TypeError(`${place} holds a lone surrogate, which UTF-8 cannot say`);
  return JSON.stringify(text);
}

function writeContainer(value: object, place: string, parents: Set<object>): string {
  if (parents.has(value)) throw new TypeError(`${place} contains itself`);
  parents.add(value);
  const text = Array.isArray(value) ? writeArray(value, place, parents) : writeObject(value, place, parents);
  parents.delete(value);
  return text;
}

function writeArray(items: readonly unknown[], place: string, parents: Set<object>): string {
  // Array.from visits holes, which map would skip and so hide.
  return `[${Array.from(items, (item, index) => write(item, `${place}[${index}]`, parents)).join(',')}]`;
}

function writeObject(value: object, place: string, parents: Set<object>): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`${place} is an instance of ${value.constructor.name}, not a plain object`);
  }
  // Strings compare by UTF-16 code units, which is the order the RFC asks for.
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => `${writeString(key, place)}:${write(member, `${place}.${key}`, parents)}`);
  return `{${members.join(',')}}`;
}
