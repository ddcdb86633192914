import { FlotillaError } from '@flotilla/contracts';

/** The request's body as JSON. Throws `invalid-input` for bytes that are no UTF-8 or no JSON. */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await request.arrayBuffer();
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message would quote the body, which may hold a prompt.
    throw new FlotillaError('invalid-input', 'The body is not JSON in UTF-8.', {
      details: { field: 'body' },
    });
  }
}
