import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import Anthropic from '@anthropic-ai/sdk';
import { writeScriptedModel } from '@flotilla/foundry';
import { generateText, streamText } from 'ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServedBox } from '../../test/serve-box.ts';
import { synthBox } from '../../test/synth-box.ts';

/** Thinks unless it is told not to, as Qwen3's template has it; knows levels, as gpt-oss's. */
const SWITCHED = `{%- if reasoning_effort is defined -%}
{{- '<|im_start|>system\\nReasoning: ' + reasoning_effort + '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' -}}
{%- if enable_thinking is defined and enable_thinking is false -%}
{{- '<think>\\n\\n</think>\\n\\n' -}}
{%- endif -%}`;
/** Opens the stretch itself, as the templates of R1's kind. */
const OPENED = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n<think>\\n' -}}`;

const STRETCH = ['Let me', ' see.', '\n</think>', '\n\n'];
const ANSWER = ['It is', ' open.'];
const THOUGHT = 'Let me see.';
const SAID = 'It is open.';

const model = 'assistant';
const messages = [{ role: 'user' as const, content: 'Is the door open?' }];

describe.each([
  ['writes its marks itself', ['<think>\n', ...STRETCH, ...ANSWER], SWITCHED, 5],
  ['is put inside a stretch by its template', [...STRETCH, ...ANSWER], OPENED, 4],
])('a model that thinks and %s', (_, script, chatTemplate, thinkingTokens) => {
  let box: ServedBox;
  let openai: OpenAI;
  beforeAll(async () => {
    box = await synthBox({
      variant: 'scripted',
      write: (path) => writeScriptedModel({ path, script, chatTemplate }),
    });
    openai = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });
  afterAll(() => box.stop());

  it('has its thinking apart in chat completions, counted, whole and streamed', async () => {
    const whole = await openai.chat.completions.create({ model, messages });
    expect(whole.choices[0]?.message).toMatchObject({ content: SAID, reasoning_content: THOUGHT });
    expect(whole.usage).toMatchObject({
      completion_tokens: script.length,
      completion_tokens_details: { reasoning_tokens: thinkingTokens },
    });
    const stream = await openai.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let [thought, said] = ['', ''];
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      const delta = chunk.choices[0]?.delta as { content?: string; reasoning_content?: string } | undefined;
      thought += delta?.reasoning_content ?? '';
      said += delta?.content ?? '';
      usage = chunk.usage;
    }
    expect([thought, said]).toEqual([THOUGHT, SAID]);
    expect(usage?.completion_tokens_details).toEqual(whole.usage?.completion_tokens_details);
  });

  it('counts an answer that ends while it thinks as nothing but thinking', async () => {
    const cut = await openai.chat.completions.create({ model, messages, max_completion_tokens: 2 });
    expect(cut.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '' } });
    expect(cut.usage?.completion_tokens_details?.reasoning_tokens).toBe(2);
  });

  it('has its log-probabilities for what it says alone', async () => {
    const answer = await openai.chat.completions.create({ model, messages, logprobs: true });
    expect(answer.choices[0]?.logprobs?.content?.map(({ token }) => token)).toEqual(ANSWER);
  });

  it('has its thinking as an item of a response', async () => {
    const response = await openai.responses.create({ model, input: 'Is the door open?' });
    expect(response.output_text).toBe(SAID);
    expect(response.output).toMatchObject([
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: THOUGHT }] },
      { type: 'message' },
    ]);
    expect(response.usage?.output_tokens_details.reasoning_tokens).toBe(thinkingTokens);
    const streamed = await openai.responses.stream({ model, input: 'Is the door open?' }).finalResponse();
    expect(streamed.output).toMatchObject([{ type: 'reasoning' }, { type: 'message' }]);
    expect(streamed.usage?.output_tokens_details.reasoning_tokens).toBe(thinkingTokens);
  });

  it('has it as blocks for the Anthropic client', async () => {
    const client = new Anthropic({ baseURL: box.url, apiKey: 'unused', maxRetries: 0 });
    const request = {
      model,
      messages,
      max_tokens: 50,
      thinking: { type: 'enabled' as const, budget_tokens: 1_024 },
    };
    const blocks = [
      { type: 'thinking', thinking: THOUGHT },
      { type: 'text', text: SAID },
    ];
    const whole = await client.messages.create(request);
    expect(whole.content).toMatchObject(blocks);
    expect(whole.usage.output_tokens_details).toEqual({ thinking_tokens: thinkingTokens });
    const stream = client.messages.stream(request);
    const pieces: string[] = [];
    stream.on('thinking', (piece) => pieces.push(piece));
    expect((await stream.finalMessage()).content).toMatchObject(blocks);
    expect(pieces.join('')).toBe(THOUGHT);
  });

  it('has it as a field of its own for the Ollama client', async () => {
    const client = new Ollama({ host: box.url });
    const whole = await client.chat({ model, messages, think: true });
    expect(whole.message).toMatchObject({ content: SAID, thinking: THOUGHT });
    let [thought, said] = ['', ''];
    for await (const part of await client.chat({ model, messages, think: true, stream: true })) {
      thought += part.message.thinking ?? '';
      said += part.message.content;
    }
    expect([thought, said]).toEqual([THOUGHT, SAID]);
    const generated = await client.generate({ model, prompt: 'Is the door open?', think: true });
    expect([generated.thinking, generated.response]).toEqual([THOUGHT, SAID]);
    expect((await client.show({ model })).capabilities).toContain('thinking');
  });

  it('has it as reasoning for the Vercel AI SDK', async () => {
    const provider = createOpenAICompatible({
      name: 'flotilla',
      baseURL: `${box.url}/v1`,
      includeUsage: true,
    });
    const ask = { model: provider(model), prompt: 'Is the door open?' };
    const whole = await generateText(ask);
    expect([whole.reasoningText, whole.text]).toEqual([THOUGHT, SAID]);
    expect(whole.usage.outputTokenDetails.reasoningTokens).toBe(thinkingTokens);
    expect(await streamText(ask).reasoningText).toBe(THOUGHT);
  });
});

describe('a template that always thinks', () => {
  let box: ServedBox;
  beforeAll(async () => {
    box = await synthBox({
      variant: 'scripted',
      write: (path) => writeScriptedModel({ path, script: [...STRETCH, ...ANSWER], chatTemplate: OPENED }),
    });
  });
  afterAll(() => box.stop());

  it('cannot be told not to, which is refused by the field that says so', async () => {
    const openai = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
    await expect(
      openai.chat.completions.create({ model, messages, reasoning_effort: 'none' }),
    ).rejects.toMatchObject({ status: 400, param: 'reasoning_effort' });
    await expect(new Ollama({ host: box.url }).chat({ model, messages, think: false })).rejects.toMatchObject(
      { status_code: 400, error: expect.stringContaining('`think`') as string },
    );
  });

  it('thinks for who says nothing about it, and answers in JSON where it must', async () => {
    const client = new Anthropic({ baseURL: box.url, apiKey: 'unused', maxRetries: 0 });
    const { content } = await client.messages.create({ model, messages, max_tokens: 50 });
    expect(content).toMatchObject([{ type: 'thinking' }, { type: 'text', text: SAID }]);
    const held = await client.messages.create({
      model,
      messages,
      max_tokens: 50,
      output_config: { format: { type: 'json_schema', schema: { type: 'boolean' } } },
    });
    expect(held.content).toMatchObject([
      { type: 'text', text: expect.stringMatching(/^(true|false)$/) as string },
    ]);
  });
});

describe('a template that can switch thinking', () => {
  let box: ServedBox;
  let openai: OpenAI;
  beforeAll(async () => {
    box = await synthBox({
      variant: 'scripted',
      write: (path) => writeScriptedModel({ path, script: ANSWER, chatTemplate: SWITCHED }),
    });
    openai = new OpenAI({ baseURL: `${box.url}/v1`, apiKey: 'unused', maxRetries: 0 });
  });
  afterAll(() => box.stop());

  /** Tokens of the prompt, which is read byte by byte. */
  const promptTokens = async (changes: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
    (await openai.chat.completions.create({ model, messages, ...changes })).usage?.prompt_tokens ?? 0;
  const shown = async (body: object): Promise<string> =>
    (await openai.post<{ prompt: string }>('/../apply-template', { body: { model, messages, ...body } }))
      .prompt;

  it('is told what the request says', async () => {
    const plain = await promptTokens({});
    const closed = '<think>\n\n</think>\n\n'.length;
    expect(await promptTokens({ reasoning_effort: 'none' })).toBe(plain + closed);
    const level = '\nReasoning: low'.length;
    expect(await promptTokens({ reasoning_effort: 'low' })).toBeGreaterThan(plain + level);
    const off = { chat_template_kwargs: { enable_thinking: false } };
    expect(await promptTokens(off as object)).toBe(plain + closed);
    expect(await shown(off)).toMatch(/<think>\n\n<\/think>\n\n$/);
    const ollama = new Ollama({ host: box.url });
    const unthinking = await ollama.chat({ model, messages, think: false });
    expect(unthinking.prompt_eval_count).toBe(plain + closed);
    expect(unthinking.message.thinking).toBeUndefined();
  });

  it('counts no thinking where the model has none', async () => {
    const { choices, usage } = await openai.chat.completions.create({ model, messages });
    expect(choices[0]?.message).toMatchObject({ content: SAID });
    expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(0);
  });

  it('leaves no room for thinking before an answer that is held to a form', async () => {
    await expect(
      openai.chat.completions.create({
        model,
        messages,
        reasoning_effort: 'low',
        response_format: { type: 'json_object' },
      }),
    ).rejects.toMatchObject({ status: 400, param: 'reasoning_effort' });
  });
});
