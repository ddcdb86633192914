import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import type { Sampling } from './bench-case.ts';
import type { Prompt } from './prompts.ts';

/** How one request went. Times in milliseconds from its sending. */
export interface RequestTimes {
  firstTokenMs: number;
  endMs: number;
  promptTokens: number;
  cachedTokens: number;
  answerTokens: number;
}

const Chunk = z.object({
  choices: z.array(z.object({ delta: z.object({ content: z.string().nullish() }).optional() })).default([]),
  usage: z
    .object({
      prompt_tokens: z.int(),
      completion_tokens: z.int(),
      prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
    })
    .nullish(),
});

/** Sends all prompts at once as streaming chat completions and waits for the end of the last. */
export async function runBurst(options: {
  baseUrl: string;
  model: string;
  prompts: readonly Prompt[];
  answerTokens: number;
  sampling: Sampling;
  signal: AbortSignal;
}): Promise<{ wallMs: number; requests: RequestTimes[] }> {
  const startedAt = performance.now();
  const requests = await Promise.all(options.prompts.map((prompt) => runOne({ ...options, prompt })));
  return { wallMs: performance.now() - startedAt, requests };
}

const CLOSED: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ECONNRESET']);

/** A server may close an idle connection just as it is used again. */
function isClosedConnection(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && CLOSED.has(cause.code);
}

async function runOne({
  baseUrl,
  model,
  prompt,
  answerTokens,
  sampling,
  signal,
}: {
  baseUrl: string;
  model: string;
  prompt: Prompt;
  answerTokens: number;
  sampling: Sampling;
  signal: AbortSignal;
}): Promise<RequestTimes> {
  const body = JSON.stringify({
    model,
    ...prompt,
    ...sampling,
    max_tokens: answerTokens,
    stream: true,
    stream_options: { include_usage: true },
  });
  const sentAt = performance.now();
  const send = (): Promise<Response> =>
    fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal,
    });
  const response = await send().catch((error: unknown) => {
    if (!isClosedConnection(error)) throw error;
    return send();
  });
  if (!response.ok || response.body === null) {
    throw new FlotillaError('internal', `${baseUrl} answered ${response.status}: ${await response.text()}`);
  }
  let firstTokenMs: number | undefined;
  let usage: z.infer<typeof Chunk>['usage'];
  let open = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      // The first chunk of both names the role only; most are not worth parsing.
      if (!line.startsWith('data: {')) continue;
      if (firstTokenMs !== undefined && !line.includes('"usage":{')) continue;
      const chunk = Chunk.parse(JSON.parse(line.slice(6)));
      if ((chunk.choices[0]?.delta?.content ?? '') !== '') firstTokenMs ??= performance.now() - sentAt;
      usage = chunk.usage ?? usage;
    }
  }
  const endMs = performance.now() - sentAt;
  if (usage === undefined || usage === null)
    throw new FlotillaError('internal', `${baseUrl} gave a stream without usage.`);
  return {
    firstTokenMs: firstTokenMs ?? endMs,
    endMs,
    promptTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    answerTokens: usage.completion_tokens,
  };
}
