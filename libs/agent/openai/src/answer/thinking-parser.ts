import { longestPossibleStart } from '../stop-matcher.ts';

/** Text around the model's thinking. */
export interface ThinkingMarks {
  open: string;
  close: string;
}

export type ThinkingPiece = { kind: 'thinking' | 'text'; text: string };

export interface ThinkingParser {
  push(piece: string): ThinkingPiece[];
  flush(): ThinkingPiece[];
  /** Characters that stood before the answer's text: marks, thinking, white space. Undefined until it begins. */
  readonly textFrom: number | undefined;
  /** A stretch was opened, by the prompt or by the answer. */
  readonly hasThought: boolean;
}

export interface ThinkingParserOptions {
  marks: ThinkingMarks;
  /** The prompt opened the stretch already. */
  startsInside: boolean;
}

/**
 * Splits the stretch in which a model thinks from what it says, wherever the stream is cut.
 *
 * A stretch stands only at the beginning of an answer; the same marks further on are text. White space at its
 * ends and after it belongs to the template and is dropped. A stretch that never closes is thinking to the end.
 */
export function createThinkingParser({ marks, startsInside }: ThinkingParserOptions): ThinkingParser {
  let mode: 'start' | 'opened' | 'thinking' | 'after' | 'text' = startsInside ? 'opened' : 'start';
  let held = '';
  let taken = 0;
  let textFrom: number | undefined;
  let hasThought = startsInside;

  function drop(count: number): void {
    held = held.slice(count);
    taken += count;
  }

  /** Takes `count` characters of what is held as a piece. */
  function take(kind: ThinkingPiece['kind'], count: number): ThinkingPiece[] {
    const text = held.slice(0, count);
    drop(count);
    return text === '' ? [] : [{ kind, text }];
  }

  function beginText(): void {
    mode = 'text';
    textFrom = taken;
  }

  /** One move; undefined when more must come first. */
  function step(): ThinkingPiece[] | undefined {
    const blank = held.length - held.trimStart().length;
    switch (mode) {
      case 'start': {
        const said = held.slice(blank);
        if (said.startsWith(marks.open)) {
          drop(blank + marks.open.length);
          mode = 'opened';
          hasThought = true;
          return [];
        }
        if (marks.open.startsWith(said)) return undefined;
        beginText();
        return [];
      }
      case 'opened':
        drop(blank);
        if (held === '') return undefined;
        mode = 'thinking';
        return [];
      case 'thinking': {
        const end = held.indexOf(marks.close);
        if (end >= 0) {
          const pieces = take('thinking', held.slice(0, end).trimEnd().length);
          drop(held.indexOf(marks.close) + marks.close.length);
          mode = 'after';
          return pieces;
        }
        const open = longestPossibleStart(held, [marks.close]);
        const pieces = take('thinking', held.slice(0, held.length - open).trimEnd().length);
        return pieces.length === 0 ? undefined : pieces;
      }
      case 'after':
        drop(blank);
        if (held === '') return undefined;
        beginText();
        return [];
      case 'text':
        return held === '' ? undefined : take('text', held.length);
    }
  }

  return {
    push(piece) {
      held += piece;
      const pieces: ThinkingPiece[] = [];
      for (let found = step(); found !== undefined; found = step()) pieces.push(...found);
      return pieces;
    },
    flush() {
      if (mode === 'start') beginText();
      if (mode === 'thinking') return take('thinking', held.trimEnd().length);
      return mode === 'text' ? take('text', held.length) : [];
    },
    get textFrom() {
      return textFrom;
    },
    get hasThought() {
      return hasThought;
    },
  };
}
