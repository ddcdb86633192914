import {
  chatCompletion,
  parseChatRequest,
  type AnswerHead,
  type FinishReason,
  type TokenUsage,
  type ToolCall,
} from '@flotilla/agent-openai';
import type { GenerationEvent, ServiceGeneration } from '@flotilla/agent-serving';
import { FlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { answerPieces, shortId, type AnswerPiece } from './answer-pieces.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { STREAM_HEADERS, streamAnswer } from './stream-answer.ts';

type ChatDeps = Pick<BoxApiDeps, 'services' | 'now'>;

/** `POST /v1/chat/completions` */
export const chatCompletions = ({ services, now = Date.now }: ChatDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseChatRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const { call } = parsed;
    // Ends the generation when the client is gone, streaming or not.
    const gone = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
    const generation = services.generate({
      model: call.model,
      request: call.generation,
      key: c.get('caller'),
      signal,
    });
    // Nothing is answered before the engine has taken the request: until then it can still be refused by status.
    const events = await begun(generation);
    const head: AnswerHead = {
      id: `chatcmpl-${shortId()}`,
      created: Math.floor(now() / 1_000),
      model: generation.service,
      systemFingerprint: generation.ranOn()?.variantDigest ?? '',
    };
    const pieces = answerPieces(events, { findsCalls: call.generation.tools.length > 0 });
    if (call.stream) {
      const { includeUsage } = call;
      return c.body(
        streamAnswer({ pieces, head, includeUsage, stop: () => gone.abort() }),
        200,
        STREAM_HEADERS,
      );
    }
    return c.json(chatCompletion(head, await wholeAnswer(pieces)), 200);
  });

/** Waits for the first event; throws what the request is refused with. */
async function begun(generation: ServiceGeneration): Promise<AsyncIterable<GenerationEvent>> {
  const first = await generation.events.next();
  if (first.done === true) throw new FlotillaError('internal', 'The generation ended before it began.');
  const rest = generation.events;
  return (async function* () {
    yield first.value;
    yield* rest;
  })();
}

async function wholeAnswer(
  pieces: AsyncIterable<AnswerPiece>,
): Promise<{ text: string; toolCalls: ToolCall[]; finishReason: FinishReason; usage: TokenUsage }> {
  let text = '';
  const toolCalls: ToolCall[] = [];
  for await (const piece of pieces) {
    if (piece.kind === 'text') text += piece.text;
    else if (piece.kind === 'call') toolCalls.push(piece.call);
    else return { text, toolCalls, finishReason: piece.reason, usage: piece.usage };
  }
  throw new FlotillaError('internal', 'The generation ended without saying how.');
}
