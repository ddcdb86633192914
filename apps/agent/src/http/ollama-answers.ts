import {
  jsonLine,
  ollamaAnswer,
  ollamaError,
  parseChat,
  parseGenerate,
  refusedContext,
  residencyAnswer,
  thinkingWish,
  type OllamaCall,
  type OllamaEnd,
  type OllamaHead,
  type OllamaRoute,
} from '@flotilla/agent-ollama';
import { toFlotillaError } from '@flotilla/contracts';
import { Hono, type Context } from 'hono';
import type { AnswerPiece } from './answer-pieces.ts';
import { beginAnswers } from './begin-answer.ts';
import { collectAnswer } from './collect-answer.ts';
import { tellPlace } from './queue-place.ts';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import type { GrammarCompiler } from './grammar-compiler.ts';
import { readJsonBody } from './json-body.ts';
import { servedByName } from './served-by-name.ts';
import { loadOrUnload } from './load-or-unload.ts';
import { LINES_HEADERS, streamLines } from './stream-answer.ts';
import { wholeCalls } from './whole-calls.ts';

type AnswerDeps = Pick<BoxApiDeps, 'services' | 'now'> & { grammars: GrammarCompiler };

/** `POST /api/chat` and `POST /api/generate`. */
export function ollamaAnswers(deps: AnswerDeps) {
  return new Hono<BoxEnv>()
    .post('/chat', async (c) => {
      const parsed = parseChat(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      return answer(deps, c, { route: 'chat', call: parsed.call });
    })
    .post('/generate', async (c) => {
      const parsed = parseGenerate(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      return answer(deps, c, { route: 'generate', call: parsed.call });
    });
}

async function answer(
  { services, grammars, now = Date.now }: AnswerDeps,
  c: Context<BoxEnv>,
  { route, call }: { route: OllamaRoute; call: OllamaCall },
): Promise<Response> {
  const startedAt = now();
  const { model, generation, form } = call;
  const gone = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
  if (generation === undefined) {
    const done = await loadOrUnload(services, { ...call, signal });
    const service = servedByName(services, model)?.service ?? model;
    return c.json(residencyAnswer({ route, model: service }, now(), done), 200);
  }
  const served = servedByName(services, model)?.deployment;
  const refusal = served && refusedContext(call.contextTokens, served.contextTokens);
  if (refusal !== undefined) throw refusal;
  try {
    const [begun] = await beginAnswers(
      { services, grammars },
      {
        model,
        generation,
        form,
        signal,
        ...callerOf(c),
        keepForMs: call.keepForMs,
        deadlineMs: deadlineOf(c.req.raw.headers),
        thinking: thinkingWish(call),
      },
    );
    tellPlace(c, [begun]);
    const told = { head: { route, model: begun.service }, startedAt, now };
    if (!call.stream) {
      const whole = await collectAnswer(begun.pieces, { logprobs: generation.logprobs !== undefined });
      const piece = { ...whole, calls: whole.toolCalls };
      const end = endOf({ ...whole, reason: whole.finishReason }, now() - startedAt);
      return c.json(ollamaAnswer(told.head, now(), piece, end), 200);
    }
    const lines = answerLines(begun.pieces, told);
    return c.body(
      streamLines(lines, () => gone.abort()),
      200,
      LINES_HEADERS,
    );
  } catch (error) {
    gone.abort();
    throw error;
  }
}

interface Told {
  head: OllamaHead;
  /** When the request came, in Unix milliseconds. */
  startedAt: number;
  now: () => number;
}

async function* answerLines(
  pieces: AsyncIterable<AnswerPiece>,
  { head, startedAt, now }: Told,
): AsyncGenerator<string, void> {
  let callsBefore = 0;
  try {
    // Ollama's clients read a call's arguments as an object, which only a whole call has.
    for await (const piece of wholeCalls(pieces)) {
      switch (piece.kind) {
        case 'thinking':
          yield jsonLine(ollamaAnswer(head, now(), { thinking: piece.text }));
          break;
        case 'text':
          yield jsonLine(ollamaAnswer(head, now(), piece));
          break;
        case 'call':
          yield jsonLine(ollamaAnswer(head, now(), { calls: [piece.call], callsBefore }));
          callsBefore += 1;
          break;
        case 'finished':
          yield jsonLine(ollamaAnswer(head, now(), {}, endOf(piece, now() - startedAt)));
          break;
      }
    }
  } catch (error) {
    // The status is sent already; Ollama's clients read a line with an error.
    yield jsonLine(ollamaError(toFlotillaError(error)));
  }
}

function endOf(
  {
    reason,
    usage,
    timings,
  }: Pick<Extract<AnswerPiece, { kind: 'finished' }>, 'reason' | 'usage' | 'timings'>,
  totalMs: number,
): OllamaEnd {
  const { promptMs, generationMs } = timings;
  // The engine's clock is finer than ours: a part is never longer than the whole.
  return { reason, usage, promptMs, generationMs, totalMs: Math.max(totalMs, promptMs + generationMs) };
}
