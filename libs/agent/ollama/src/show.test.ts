import { expect, it } from 'vitest';
import { parseShow } from './show.ts';

/** As Ollama's command line sends it: Go leaves nothing out. */
const EMPTY = { model: '', system: '', template: '', verbose: false, options: null, name: '' };

it('takes the empty texts that clients in Go send for what they leave out', () => {
  expect(parseShow({ ...EMPTY, name: 'assistant:latest' })).toEqual({ ok: true, model: 'assistant' });
  expect(parseShow({ ...EMPTY, model: 'assistant' })).toEqual({ ok: true, model: 'assistant' });
});

it.each([
  [EMPTY, 'model'],
  [{ ...EMPTY, model: 'assistant', system: 'Be brief.' }, 'system'],
  [{ ...EMPTY, model: 3 }, 'model'],
  [{ ...EMPTY, model: 'assistant', name: 'other' }, 'name'],
])('refuses %j by the field at fault', (body, field) => {
  expect(parseShow(body)).toMatchObject({ ok: false, error: { details: { field } } });
});
