import { ANTHROPIC_ENDPOINTS } from '@flotilla/agent-anthropic';
import { OLLAMA_ENDPOINTS, OLLAMA_OPTIONS } from '@flotilla/agent-ollama';
import { OPENAI_ENDPOINTS, type ApiEndpoint } from '@flotilla/agent-openai';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';

const MESSAGES = [{ role: 'user', content: 'hello' }];
const FUNCTION = { name: 'lock', parameters: { type: 'object', properties: { door: { type: 'integer' } } } };

/** A body that each route takes: what is wrong then stands in one place. */
const SOUND: Readonly<Record<string, object>> = {
  '/v1/chat/completions': { messages: MESSAGES, tools: [{ type: 'function', function: FUNCTION }] },
  '/v1/completions': { prompt: 'hello' },
  '/v1/responses': { input: 'hello', tools: [{ type: 'function', ...FUNCTION }] },
  '/v1/embeddings': { input: ['hello'] },
  '/v1/rerank': { query: 'hello', documents: ['hello'] },
  '/tokenize': { content: 'hello' },
  '/detokenize': { tokens: [104] },
  '/apply-template': { messages: MESSAGES },
  '/v1/messages': {
    messages: MESSAGES,
    max_tokens: 5,
    tools: [{ name: 'lock', input_schema: FUNCTION.parameters }],
  },
  '/v1/messages/count_tokens': { messages: MESSAGES },
  '/api/show': {},
  '/api/chat': { messages: MESSAGES, tools: [{ type: 'function', function: FUNCTION }] },
  '/api/generate': { prompt: 'hello' },
  '/api/embed': { input: 'hello' },
  '/api/embeddings': { prompt: 'hello' },
};

const ROUTES = [...OPENAI_ENDPOINTS, ...OLLAMA_ENDPOINTS, ...ANTHROPIC_ENDPOINTS].filter(
  (endpoint): endpoint is ApiEndpoint & Required<Pick<ApiEndpoint, 'parameters'>> =>
    endpoint.parameters !== undefined && Object.hasOwn(SOUND, endpoint.path),
);

/** Names that mean something somewhere make it further in than any other. */
const WORD = fc.constantFrom(
  ...['type', 'role', 'content', 'text', 'name', 'function', 'arguments', 'json_schema', 'schema', 'format'],
  ...[
    'id',
    'tool_calls',
    'tool_use',
    'input',
    'mode',
    'effort',
    'user',
    'assistant',
    'tool',
    'system',
    'auto',
  ],
  ...['__proto__', 'constructor', 'toString', '\ud800', '\0', '', ...Object.keys(OLLAMA_OPTIONS).slice(0, 8)],
);
const LEAF = fc.oneof(
  WORD,
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.constantFrom(-1, 0, 1.5, 1e300, -1e300, 2 ** 53, 5e-324),
);
const VALUE = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    LEAF,
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(WORD, fc.string()), tie('any'), { maxKeys: 4 }),
  ),
})).any;

describe('whatever stands in a body', () => {
  it.each(ROUTES)('$path answers or refuses it, and never fails', async ({ path, parameters }) => {
    const { app, errors } = await fakeBox({ sequences: 4 });
    const name = fc.constantFrom(...Object.keys(parameters));
    await fc.assert(
      fc.asyncProperty(name, VALUE, async (parameter, value) => {
        const body = JSON.stringify({ model: 'assistant', ...SOUND[path], [parameter]: value });
        const response = await app.request(path, { method: 'POST', body });
        const text = await response.text();
        expect(response.status, text).not.toBe(500);
        expect(errors.filter(({ code }) => code === 'internal')).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
