import type { AnswerPiece } from './answer-pieces.ts';

export interface IndexedPiece {
  index: number;
  piece: AnswerPiece;
}

/** Several answers as one stream, each piece as it comes. Only as fast as it is read; what breaks one breaks all. */
export async function* mergeAnswers(
  answers: readonly AsyncGenerator<AnswerPiece, void>[],
): AsyncGenerator<IndexedPiece, void> {
  const waiting = new Map<number, Promise<{ index: number; next: IteratorResult<AnswerPiece, void> }>>();
  const ask = (index: number): void => {
    const pieces = answers[index];
    if (pieces !== undefined)
      waiting.set(
        index,
        pieces.next().then((next) => ({ index, next })),
      );
  };
  answers.forEach((_, index) => ask(index));
  try {
    while (waiting.size > 0) {
      const { index, next } = await Promise.race(waiting.values());
      waiting.delete(index);
      if (next.done === true) continue;
      ask(index);
      yield { index, piece: next.value };
    }
  } finally {
    // Whoever stops reading aborts the generations; what is still awaited then fails with nobody to tell.
    for (const pending of waiting.values()) pending.catch(() => undefined);
    await Promise.all(answers.map((pieces) => pieces.return().catch(() => undefined)));
  }
}
