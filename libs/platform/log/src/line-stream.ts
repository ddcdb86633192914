import type { DestinationStream } from 'pino';

const OWN_FIELDS = new Set(['level', 'time', 'name', 'component', 'msg', 'error', 'err']);

/** Turns pino's JSON lines into short ones for people: `12:30:01 WARN pull: chunk refused digest=ab12`. */
export function lineStream(target: DestinationStream): DestinationStream {
  return { write: (json) => target.write(`${formatLine(json)}\n`) };
}

function formatLine(json: string): string {
  const record = JSON.parse(json) as Record<string, unknown>;
  const time = text(record['time']).slice(11, 19);
  const level = text(record['level']).toUpperCase();
  const component = text(record['component'] ?? record['name']);
  const facts = Object.entries(record)
    .filter(([field]) => !OWN_FIELDS.has(field))
    .map(([field, value]) => `${field}=${text(value)}`);
  const error = (record['error'] ?? record['err']) as { message?: unknown; code?: unknown } | undefined;
  if (error !== undefined) {
    const code = error.code === undefined ? '' : ` (${text(error.code)})`;
    facts.push(`error="${text(error.message ?? error)}"${code}`);
  }
  return [time, level, `${component}:`, text(record['msg']), ...facts]
    .filter((part) => part !== '')
    .join(' ');
}

/** Without control characters: in a field from outside they could forge lines or drive the terminal. */
function text(value: unknown): string {
  if (value === undefined) return '';
  const plain = typeof value === 'string' ? value : JSON.stringify(value);
  return plain.replaceAll(/\p{Cc}/gu, ' ');
}
