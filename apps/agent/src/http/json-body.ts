import { FlotillaError } from '@flotilla/contracts';

/** Fields of a body, and of an object in one of its fields: more are refused before each of them is read. */
const MOST_FIELDS = 1_024;

/**
 * The request's body as JSON.
 *
 * Throws `media-type-unsupported` for one that is compressed, and `invalid-input` for bytes that are no UTF-8 or no
 * JSON, or hold more fields than any route knows.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  refuseEncoding(request.headers);
  const body = jsonOf(await request.arrayBuffer());
  if (!isRecord(body)) return body;
  refuseCrowd(body, 'body');
  for (const [field, value] of Object.entries(body)) if (isRecord(value)) refuseCrowd(value, field);
  return body;
}

function refuseEncoding(headers: Headers): void {
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return;
  throw new FlotillaError(
    'media-type-unsupported',
    'The header `content-encoding` names an encoding that is not read here; send the body as it is.',
    { details: { field: 'content-encoding' } },
  );
}

function jsonOf(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message would quote the body, which may hold a prompt.
    throw new FlotillaError('invalid-input', 'The body is not JSON in UTF-8.', {
      details: { field: 'body' },
    });
  }
}

function refuseCrowd(fields: object, field: string): void {
  if (Object.keys(fields).length > MOST_FIELDS)
    throw new FlotillaError('invalid-input', `\`${field}\`: has more than ${MOST_FIELDS} fields`, {
      details: { field },
    });
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
