import {
  STREAM_DONE,
  createChunks,
  openAiError,
  serverSentEvent,
  sumUsage,
  type AnswerHead,
  type TokenUsage,
} from '@flotilla/agent-openai';
import { toFlotillaError } from '@flotilla/contracts';
import type { AnswerPiece } from './answer-pieces.ts';
import { mergeAnswers } from './merge-answers.ts';

/** Of Ollama's streams: a line of JSON each. */
export const LINES_HEADERS = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-cache' };

/** Headers of an answer that streams; the last one keeps proxies from collecting it. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

/**
 * Lines as the body of a response, for any API that streams.
 *
 * Written only as fast as the client reads: what is not read yet waits, merged, in the generation's own
 * channel, so a slow client holds no more than its own text and nobody else waits for it. `stop` is called
 * when the client is gone and when the lines have ended.
 */
export function streamLines(
  lines: AsyncGenerator<string, void>,
  stop: () => void,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await lines.next();
        if (next.done === true) {
          controller.close();
          stop();
        } else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        stop();
        await lines.return();
      },
    },
    { highWaterMark: 1 },
  );
}

export interface ChatLinesOptions {
  answers: readonly AsyncGenerator<AnswerPiece, void>[];
  head: AnswerHead;
  includeUsage: boolean;
}

/** Chat completion chunks as server-sent events. */
export async function* chatLines({
  answers,
  head,
  includeUsage,
}: ChatLinesOptions): AsyncGenerator<string, void> {
  const chunks = createChunks({ head, includeUsage });
  const calls = answers.map(() => 0);
  const usages: TokenUsage[] = [];
  for (const index of answers.keys()) yield serverSentEvent(chunks.choice(index).role());
  try {
    for await (const { index, piece } of mergeAnswers(answers)) {
      const choice = chunks.choice(index);
      switch (piece.kind) {
        case 'thinking':
          yield serverSentEvent(choice.thinking(piece.text));
          break;
        case 'text':
          yield serverSentEvent(choice.text(piece.text, piece.logprobs));
          break;
        case 'call-started':
          yield serverSentEvent(choice.toolCall(calls[index] ?? 0, piece));
          calls[index] = (calls[index] ?? 0) + 1;
          break;
        case 'call-arguments':
          yield serverSentEvent(choice.toolArguments((calls[index] ?? 1) - 1, piece.text));
          break;
        case 'call-ended':
        case 'call-broken':
          break;
        case 'finished':
          yield serverSentEvent(choice.finish(piece.reason, calls[index] ?? 0));
          usages.push(piece.usage);
          break;
      }
    }
    if (includeUsage) yield serverSentEvent(chunks.usage(sumUsage(usages)));
    yield STREAM_DONE;
  } catch (error) {
    // The status is sent already; clients read an error object in place of a chunk.
    yield serverSentEvent(openAiError(toFlotillaError(error)));
  }
}
