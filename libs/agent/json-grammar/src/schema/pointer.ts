import { isJsonObject, type JsonValue } from './json-value.ts';

/** The JSON pointer of something below `path`. */
export function below(path: string, ...tokens: readonly (string | number)[]): string {
  return tokens.reduce<string>(
    (pointer, token) => `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    path,
  );
}

/** What a pointer points at; undefined when there is nothing. */
export function valueAt(root: JsonValue, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of path.split('/').slice(1)) {
    const token = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(token) ? value[Number(token)] : undefined;
    else if (isJsonObject(value) && Object.hasOwn(value, token)) value = value[token];
    else return undefined;
  }
  return value;
}

/** The pointer in a `$ref` to this same document, written the one way `below` writes it; undefined for any other `$ref`. */
export function pointerOfRef(ref: string): string | undefined {
  if (ref === '#') return '';
  if (!ref.startsWith('#/')) return undefined;
  try {
    const tokens = decodeURIComponent(ref.slice(2)).split('/');
    return below('', ...tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~')));
  } catch {
    return undefined;
  }
}
