import {
  FREE_TEXT,
  STREAM_DONE,
  completionList,
  createCompletionChunks,
  openAiError,
  parseCompletionRequest,
  serverSentEvent,
  sumUsage,
  type AnswerHead,
  type CompletionCall,
  type GenerationRequest,
  type TokenUsage,
} from '@flotilla/agent-openai';
import { toFlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { shortId, type AnswerPiece } from './answer-pieces.ts';
import { beginAnswers, type AnswerDeps, type AnswerRequest } from './begin-answer.ts';
import { tellPlace } from './queue-place.ts';
import { collectAnswer } from './collect-answer.ts';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { mergeAnswers } from './merge-answers.ts';
import { STREAM_HEADERS, streamLines } from './stream-answer.ts';

type CompletionDeps = AnswerDeps & Pick<BoxApiDeps, 'services' | 'now'>;

/** `POST /v1/completions` */
export const completions = ({ services, grammars, now = Date.now }: CompletionDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseCompletionRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const { call } = parsed;
    const gone = new AbortController();
    const signal = AbortSignal.any([c.req.raw.signal, gone.signal]);
    const deadlineMs = deadlineOf(c.req.raw.headers, call.timeoutMs);
    const request = (generation: GenerationRequest): AnswerRequest => ({
      model: call.model,
      generation,
      form: FREE_TEXT,
      raw: true,
      ...callerOf(c),
      signal,
      deadlineMs,
    });
    try {
      const echoes = await promptTexts(services, call, signal);
      const groups = await Promise.all(
        call.generations.map((generation) =>
          beginAnswers({ services, grammars }, request(generation), call.choices),
        ),
      );
      const answers = groups.flat();
      tellPlace(c, answers);
      const head: AnswerHead = {
        id: `cmpl-${shortId()}`,
        created: Math.floor(now() / 1_000),
        model: answers[0]?.service ?? call.model,
        systemFingerprint: answers[0]?.fingerprint ?? '',
      };
      const pieces = answers.map((answer) => (call.promptOnly ? endOf(answer.pieces) : answer.pieces));
      const { choices, includeUsage } = call;
      if (call.stream) {
        const lines = completionLines({ answers: pieces, head, includeUsage, choices, echoes });
        return c.body(
          streamLines(lines, () => gone.abort()),
          200,
          STREAM_HEADERS,
        );
      }
      const logprobs = call.generations[0]?.logprobs !== undefined;
      const whole = await Promise.all(pieces.map((answer) => collectAnswer(answer, { logprobs })));
      const usage = totalUsage(
        whole.map((answer) => answer.usage),
        choices,
      );
      const completed = whole.map((answer, index) => ({ ...answer, echo: echoOf(echoes, index, choices) }));
      return c.json(completionList(head, completed, usage), 200);
    } catch (error) {
      gone.abort();
      throw error;
    }
  });

interface CompletionLinesOptions {
  answers: readonly AsyncGenerator<AnswerPiece, void>[];
  head: AnswerHead;
  includeUsage: boolean;
  choices: number;
  echoes: readonly string[];
}

async function* completionLines({
  answers,
  head,
  includeUsage,
  choices,
  echoes,
}: CompletionLinesOptions): AsyncGenerator<string, void> {
  const chunks = createCompletionChunks({ head, includeUsage });
  const offsets = answers.map(() => 0);
  const usages: TokenUsage[] = [];
  for (const index of answers.keys()) {
    const echo = echoOf(echoes, index, choices);
    if (echo !== undefined) yield serverSentEvent(chunks.piece(index, { text: echo }));
  }
  try {
    for await (const { index, piece } of mergeAnswers(answers)) {
      if (piece.kind === 'text') {
        const { text, logprobs } = piece;
        const offset = offsets[index] ?? 0;
        yield serverSentEvent(chunks.piece(index, { text, logprobs, offset }));
        offsets[index] = offset + text.length;
      } else if (piece.kind === 'finished') {
        yield serverSentEvent(chunks.piece(index, { text: '', finishReason: piece.reason }));
        usages[index] = piece.usage;
      }
    }
    if (includeUsage) yield serverSentEvent(chunks.usage(totalUsage(usages, choices)));
    yield STREAM_DONE;
  } catch (error) {
    yield serverSentEvent(openAiError(toFlotillaError(error)));
  }
}

/** An answer without a word: the engine gives one token at least, and nobody asked for it. */
async function* endOf(pieces: AsyncIterable<AnswerPiece>): AsyncGenerator<AnswerPiece, void> {
  for await (const piece of pieces)
    if (piece.kind === 'finished')
      yield { ...piece, reason: 'length', usage: { ...piece.usage, completionTokens: 0 } };
}

/** The prompts as text, where they are to be echoed. */
async function promptTexts(
  services: BoxApiDeps['services'],
  call: CompletionCall,
  signal: AbortSignal,
): Promise<string[]> {
  if (!call.echo) return [];
  return Promise.all(
    call.generations.map(async ({ prompt = '' }) =>
      typeof prompt === 'string'
        ? prompt
        : services.detokenize({ model: call.model, tokens: prompt, signal }),
    ),
  );
}

const echoOf = (echoes: readonly string[], index: number, choices: number): string | undefined =>
  echoes[Math.floor(index / choices)];

/** Each prompt is counted once, whatever the number of its choices. */
function totalUsage(usages: readonly TokenUsage[], choices: number): TokenUsage {
  const perPrompt = Array.from({ length: usages.length / choices }, (_, prompt) =>
    sumUsage(usages.slice(prompt * choices, (prompt + 1) * choices)),
  );
  const sum = (of: (usage: TokenUsage) => number): number =>
    perPrompt.reduce((total, usage) => total + of(usage), 0);
  return {
    promptTokens: sum((usage) => usage.promptTokens),
    cachedTokens: sum((usage) => usage.cachedTokens),
    completionTokens: sum((usage) => usage.completionTokens),
    reasoningTokens: sum((usage) => usage.reasoningTokens),
  };
}
