import {
  STREAM_DONE,
  createChunks,
  openAiError,
  serverSentEvent,
  type AnswerHead,
} from '@flotilla/agent-openai';
import { toFlotillaError } from '@flotilla/contracts';
import type { AnswerPiece } from './answer-pieces.ts';

/** Headers of an answer that streams; the last one keeps proxies from collecting it. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
};

export interface StreamAnswerOptions {
  pieces: AsyncGenerator<AnswerPiece, void>;
  head: AnswerHead;
  includeUsage: boolean;
  /** Called when the client is gone. */
  stop: () => void;
}

/**
 * The answer as server-sent events.
 *
 * Written only as fast as the client reads: what is not read yet waits, merged, in the generation's own
 * channel, so a slow client holds no more than its own text and nobody else waits for it.
 */
export function streamAnswer({
  pieces,
  head,
  includeUsage,
  stop,
}: StreamAnswerOptions): ReadableStream<Uint8Array> {
  const lines = answerLines({ pieces, head, includeUsage });
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await lines.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      async cancel() {
        stop();
        await lines.return();
      },
    },
    { highWaterMark: 1 },
  );
}

async function* answerLines({
  pieces,
  head,
  includeUsage,
}: Omit<StreamAnswerOptions, 'stop'>): AsyncGenerator<string, void> {
  const chunks = createChunks({ head, includeUsage });
  let calls = 0;
  yield serverSentEvent(chunks.role());
  try {
    for await (const piece of pieces) {
      switch (piece.kind) {
        case 'text':
          if (piece.text !== '') yield serverSentEvent(chunks.text(piece.text));
          break;
        case 'call':
          yield serverSentEvent(chunks.toolCall(calls, piece.call));
          calls += 1;
          break;
        case 'finished':
          yield serverSentEvent(chunks.finish(piece.reason, calls));
          if (includeUsage) yield serverSentEvent(chunks.usage(piece.usage));
          break;
      }
    }
    yield STREAM_DONE;
  } catch (error) {
    // The status is sent already; clients read an error object in place of a chunk.
    yield serverSentEvent(openAiError(toFlotillaError(error)));
  }
}
