import Anthropic from '@anthropic-ai/sdk';
import { HumanMessage, type AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { writeScriptedModel } from '@flotilla/foundry';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ServedBox } from '../../test/serve-box.ts';
import { synthBox } from '../../test/synth-box.ts';

/** ChatML with the functions named, as the templates of models that know tools have it. */
const TEMPLATE = `{%- if tools -%}
{{- '<|im_start|>system\\n' -}}
{%- for tool in tools -%}{{- tool | tojson -}}{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' -}}`;

const HEAD = ['At once.', '\n<tool_', 'call>\n', '{"name":', ' "lock"', ', "argu', 'ments": '];
const ARGUMENTS = ['{"door"', ': 12345678901', '2345678901,', ' "note": "</tool', '_call> \\"', 'ok"', ' }'];
const MORE = ['}\n</tool_call>', '\n\n<tool_call>{"name": "count", "arguments": ', '{} }</tool', '_call>\n'];
const WRITTEN = ARGUMENTS.join('');

const model = 'assistant';
const messages = [{ role: 'user' as const, content: 'Lock it, and count.' }];
const parameters = {
  type: 'object' as const,
  properties: { door: { type: 'integer' }, note: { type: 'string' } },
};
const tools = ['lock', 'count'].map((name) => ({
  type: 'function' as const,
  function: { name, description: name, parameters },
}));
const input = { door: Number('123456789012345678901'), note: '</tool_call> "ok' };

const boxOf = (script: readonly string[]): Promise<ServedBox> =>
  synthBox({
    variant: 'scripted',
    write: (path) => writeScriptedModel({ path, script, chatTemplate: TEMPLATE }),
  });

describe('functions that a model calls on its own', () => {
  let box: ServedBox;
  let openai: OpenAI;
  beforeAll(async () => {
    box = await boxOf([...HEAD, ...ARGUMENTS, ...MORE]);
    openai = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });
  afterAll(() => box.stop());

  it('reach the openai client piece by piece, to the letter', async () => {
    const deltas: string[][] = [[], []];
    const stream = openai.chat.completions.stream({ model, messages, tools });
    stream.on('tool_calls.function.arguments.delta', ({ index, arguments_delta: delta }) =>
      deltas[index]?.push(delta),
    );
    const [choice] = (await stream.finalChatCompletion()).choices;
    expect(choice).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'At once.',
        tool_calls: [
          { function: { name: 'lock', arguments: WRITTEN } },
          { function: { name: 'count', arguments: '{}' } },
        ],
      },
    });
    expect(deltas[0]?.join('')).toBe(WRITTEN);
    const whole = await openai.chat.completions.create({ model, messages, tools });
    expect(whole.choices[0]?.message.tool_calls).toMatchObject([
      { function: { arguments: WRITTEN } },
      { function: { arguments: '{}' } },
    ]);
  });

  it('reach a response as items, with typed events', async () => {
    const request = {
      model,
      input: 'Lock it, and count.',
      tools: ['lock', 'count'].map((name) => ({
        type: 'function' as const,
        name,
        parameters,
        strict: false,
      })),
    };
    const stream = openai.responses.stream(request);
    let written = '';
    stream.on('response.function_call_arguments.delta', ({ output_index: index, delta }) => {
      if (index === 1) written += delta;
    });
    const items = [
      { type: 'message' },
      { type: 'function_call', name: 'lock', arguments: WRITTEN, status: 'completed' },
      { type: 'function_call', name: 'count', arguments: '{}', status: 'completed' },
    ];
    expect((await stream.finalResponse()).output).toMatchObject(items);
    expect(written).toBe(WRITTEN);
    expect((await openai.responses.create(request)).output).toMatchObject(items);
  });

  it('reach the Anthropic client as blocks whose input grows', async () => {
    const client = new Anthropic({ baseURL: box.url, apiKey: 'unused', maxRetries: 0 });
    const stream = client.messages.stream({
      model,
      messages,
      max_tokens: 60,
      tools: ['lock', 'count'].map((name) => ({ name, input_schema: parameters })),
    });
    let written = '';
    stream.on('inputJson', (piece) => (written += piece));
    const message = await stream.finalMessage();
    expect(message.stop_reason).toBe('tool_use');
    expect(message.content).toMatchObject([
      { type: 'text', text: 'At once.' },
      { type: 'tool_use', name: 'lock', input },
      { type: 'tool_use', name: 'count', input: {} },
    ]);
    expect(written).toBe(`${WRITTEN}{}`);
  });

  it('reach the Ollama client whole, as it expects them', async () => {
    const calls: unknown[] = [];
    for await (const part of await new Ollama({ host: box.url }).chat({
      model,
      messages,
      tools,
      stream: true,
    }))
      calls.push(...(part.message.tool_calls ?? []));
    expect(calls).toMatchObject([
      { function: { name: 'lock', arguments: input } },
      { function: { name: 'count', arguments: {} } },
    ]);
  });

  it('reach LangChain, which joins the pieces itself', async () => {
    const bound = new ChatOpenAI({
      model,
      apiKey: 'unused',
      maxRetries: 0,
      configuration: { baseURL: `${box.url}/v1` },
    }).bindTools(['lock', 'count'].map((name) => ({ name, description: name, schema: z.object({}) })));
    let joined: AIMessageChunk | undefined;
    for await (const piece of await bound.stream([new HumanMessage('Lock it.')]))
      joined = joined?.concat(piece) ?? piece;
    expect(joined?.tool_calls).toMatchObject([
      { name: 'lock', args: input },
      { name: 'count', args: {} },
    ]);
  });
});

describe('a call that the model leaves unfinished', () => {
  let box: ServedBox;
  beforeAll(async () => {
    box = await boxOf([...HEAD, ...ARGUMENTS.slice(0, 3)]);
  });
  afterAll(() => box.stop());

  it('is text in a whole answer, and arguments that do not parse in a stream', async () => {
    const openai = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
    const whole = await openai.chat.completions.create({ model, messages, tools });
    expect(whole.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: [...HEAD, ...ARGUMENTS.slice(0, 3)].join('') },
    });
    expect(whole.choices[0]?.message.tool_calls).toBeUndefined();
    const final = await openai.chat.completions.stream({ model, messages, tools }).finalChatCompletion();
    expect(final.choices[0]?.message.tool_calls).toMatchObject([
      { function: { name: 'lock', arguments: ARGUMENTS.slice(0, 3).join('') } },
    ]);
  });
});
