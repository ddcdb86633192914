import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage, ToolMessage, type AIMessageChunk } from '@langchain/core/messages';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { Output, embedMany, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { starterBox } from '../../test/starter-box.ts';

let box: Awaited<ReturnType<typeof starterBox>>;
beforeAll(async () => {
  box = await starterBox();
});
afterAll(() => box.stop());

const Door = z.object({ door: z.int().min(1).max(9), side: z.enum(['left', 'right']) });

describe('the Vercel AI SDK', () => {
  const provider = () =>
    createOpenAICompatible({
      name: 'flotilla',
      baseURL: `${box.url}/v1`,
      includeUsage: true,
      supportsStructuredOutputs: true,
    });

  it('generates text, with its usage', async () => {
    const { text, usage, finishReason } = await generateText({
      model: provider()('assistant'),
      prompt: 'hi',
      maxOutputTokens: 8,
      temperature: 0,
    });
    expect(text).not.toBe('');
    expect(usage.outputTokens).toBeGreaterThan(0);
    expect(['stop', 'length']).toContain(finishReason);
  });

  it('streams the same text', async () => {
    const ask = { model: provider()('assistant'), prompt: 'hi', maxOutputTokens: 8, temperature: 0 };
    let streamed = '';
    for await (const piece of streamText(ask).textStream) streamed += piece;
    expect(streamed).toBe((await generateText(ask)).text);
  });

  it('generates an object of a schema', async () => {
    const { output } = await generateText({
      model: provider()('assistant'),
      prompt: 'lock a door',
      maxOutputTokens: 100,
      output: Output.object({ schema: Door }),
    });
    expect(Door.safeParse(output).success).toBe(true);
  });

  it('runs the tool that it must', async () => {
    const { toolResults } = await generateText({
      model: provider()('assistant'),
      prompt: 'lock a door',
      maxOutputTokens: 100,
      tools: {
        lock: tool({
          description: 'Locks a door.',
          inputSchema: jsonSchema<z.infer<typeof Door>>(() => z.toJSONSchema(Door) as never),
          execute: async ({ door, side }) => `${side} ${door} locked`,
        }),
      },
      toolChoice: { type: 'tool', toolName: 'lock' },
    });
    expect(toolResults[0]?.output).toMatch(/^(left|right) [1-9] locked$/);
  });

  it('goes on behind a tool’s result', async () => {
    const { steps } = await generateText({
      model: provider()('assistant'),
      prompt: 'lock a door',
      maxOutputTokens: 100,
      tools: {
        lock: tool({
          inputSchema: jsonSchema<z.infer<typeof Door>>(() => z.toJSONSchema(Door) as never),
          execute: async () => 'locked',
        }),
      },
      toolChoice: { type: 'tool', toolName: 'lock' },
      stopWhen: stepCountIs(2),
    });
    expect(steps.map(({ toolResults }) => toolResults.length)).toEqual([1, 1]);
  });

  it('streams the input of a tool', async () => {
    let written = '';
    const { fullStream, toolCalls } = streamText({
      model: provider()('assistant'),
      prompt: 'lock a door',
      maxOutputTokens: 100,
      tools: { lock: tool({ inputSchema: jsonSchema(() => z.toJSONSchema(Door) as never) }) },
      toolChoice: { type: 'tool', toolName: 'lock' },
    });
    for await (const part of fullStream) if (part.type === 'tool-input-delta') written += part.delta;
    expect((await toolCalls)[0]?.input).toEqual(JSON.parse(written));
  });

  it('embeds several texts', async () => {
    const { embeddings } = await embedMany({
      model: provider().embeddingModel('assistant'),
      values: ['a door', 'a pump'],
    });
    expect(embeddings).toHaveLength(2);
  });
});

describe('LangChain', () => {
  const chat = () =>
    new ChatOpenAI({
      model: 'assistant',
      apiKey: 'unused',
      temperature: 0,
      maxTokens: 60,
      maxRetries: 0,
      configuration: { baseURL: `${box.url}/v1` },
    });

  it('invokes and streams', async () => {
    const whole = await chat().invoke([new HumanMessage('hi')]);
    expect(whole.usage_metadata?.output_tokens).toBeGreaterThan(0);
    let streamed = '';
    for await (const piece of await chat().stream([new HumanMessage('hi')])) streamed += piece.text;
    expect(streamed).toBe(whole.text);
  });

  it('gets structured output', async () => {
    const answer = await chat().withStructuredOutput(Door, { method: 'jsonSchema' }).invoke('lock a door');
    expect(Door.safeParse(answer).success).toBe(true);
  });

  it('binds tools', async () => {
    const answer = await chat()
      .bindTools([{ name: 'lock', description: 'Locks a door.', schema: Door }], { tool_choice: 'lock' })
      .invoke('lock a door');
    expect(answer.tool_calls).toHaveLength(1);
    expect(Door.safeParse(answer.tool_calls?.[0]?.args).success).toBe(true);
  });

  it('runs its tool loop: every message has a name, the tool’s result too', async () => {
    const bound = chat().bindTools([{ name: 'lock', description: 'Locks a door.', schema: Door }], {
      tool_choice: 'lock',
    });
    const asked = new HumanMessage({ content: 'lock a door', name: 'bob' });
    const first = await bound.invoke([asked]);
    first.name = 'agent';
    const results = (first.tool_calls ?? []).map(
      ({ id = '', name }) => new ToolMessage({ content: 'locked', tool_call_id: id, name }),
    );
    expect(results).toHaveLength(1);
    const second = await bound.invoke([asked, first, ...results]);
    expect(second.tool_calls).toHaveLength(1);
  });

  it('joins the pieces of a streamed call', async () => {
    const bound = chat().bindTools([{ name: 'lock', description: 'Locks a door.', schema: Door }], {
      tool_choice: 'lock',
    });
    let joined: AIMessageChunk | undefined;
    for await (const piece of await bound.stream('lock a door')) joined = joined?.concat(piece) ?? piece;
    expect(Door.safeParse(joined?.tool_calls?.[0]?.args).success).toBe(true);
    expect(joined?.usage_metadata?.output_token_details?.reasoning).toBe(0);
  });

  it('embeds', async () => {
    const vectors = await new OpenAIEmbeddings({
      model: 'assistant',
      apiKey: 'unused',
      configuration: { baseURL: `${box.url}/v1` },
    }).embedDocuments(['a door', 'a pump']);
    expect(vectors).toHaveLength(2);
  });
});
