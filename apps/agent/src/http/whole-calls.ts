import type { ToolCall } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { AnswerPiece } from './answer-pieces.ts';

type CallPiece = 'call-started' | 'call-arguments' | 'call-ended' | 'call-broken';

/** A piece of an answer in which a call is one piece. */
export type WholePiece = Exclude<AnswerPiece, { kind: CallPiece }> | { kind: 'call'; call: ToolCall };

/** The same answer with each call in one piece, once it is whole; what turned out to be none is the text it was. */
export async function* wholeCalls(pieces: AsyncIterable<AnswerPiece>): AsyncGenerator<WholePiece, void> {
  let open: ToolCall | undefined;
  const opened = (): ToolCall => {
    if (open === undefined) throw new FlotillaError('internal', 'A call went on that had not begun.');
    return open;
  };
  for await (const piece of pieces) {
    switch (piece.kind) {
      case 'call-started':
        open = { id: piece.id, name: piece.name, arguments: '' };
        break;
      case 'call-arguments':
        opened().arguments += piece.text;
        break;
      case 'call-ended':
        yield { kind: 'call', call: opened() };
        break;
      case 'call-broken':
        yield { kind: 'text', text: piece.text };
        break;
      default:
        yield piece;
    }
  }
}
