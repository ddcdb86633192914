import { expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';
import { KEYLESS } from './caller-of.ts';
import { openResponseStore } from '../state/response-store.ts';

const PARAMETERS = { type: 'object', properties: { door: { type: 'integer' } } };
const FUNCTION = { name: 'lock', parameters: PARAMETERS };
const MESSAGES = [{ role: 'user', content: 'lock it' }];

it.each([
  ['/v1/chat/completions', { messages: MESSAGES, tools: [{ type: 'function', function: FUNCTION }] }],
  ['/v1/responses', { input: 'lock it', tools: [{ type: 'function', ...FUNCTION }] }],
  [
    '/v1/messages',
    { messages: MESSAGES, max_tokens: 9, tools: [{ name: 'lock', input_schema: PARAMETERS }] },
  ],
])(
  '%s stops generating when its client leaves within a call, and keeps nothing of it',
  async (path, body) => {
    const responses = openResponseStore({
      path: ':memory:',
      keepMs: 60_000,
      maxBytes: 1_000_000,
      now: Date.now,
    });
    const { app, engines, services, errors } = await fakeBox({
      responses,
      answer: () => ['<tool_call>{"name":"lock","arguments":{"do', 'or":2}}</tool_call>'],
      holdAfter: 1,
    });
    const outcomes: string[] = [];
    services.events.on('request-finished', ({ outcome }) => outcomes.push(outcome));
    const { body: stream } = await app.request(path, {
      method: 'POST',
      body: JSON.stringify({ model: 'assistant', stream: true, ...body }),
    });
    let seen = '';
    for await (const piece of stream ?? []) {
      seen += new TextDecoder().decode(piece);
      if (seen.includes('{\\"do')) break;
    }
    expect(seen).toContain('lock');
    await expect.poll(() => outcomes).toEqual(['aborted']);
    expect([engines.latest().running, errors]).toEqual([0, []]);
    expect(responses.forgetAll(KEYLESS)).toBe(0);
  },
);
