/** What is safe to show after a piece of text, and whether a stop string was completed. */
export interface StopStep {
  text: string;
  stopped: boolean;
  /** The stop string, once one was completed. */
  stop?: string;
}

export interface StopMatcher {
  /** Takes the next piece; after `stopped` it must not be called again. */
  push(piece: string): StopStep;
  /** The text held back, once nothing more will come. */
  flush(): string;
}

/**
 * Cuts a stream of text before the first stop string.
 *
 * The stop that is complete first wins (of two that end together, the longer), so the outcome does not
 * depend on where the stream is split. Only text that may still become a stop string is held back.
 */
export function createStopMatcher(stops: readonly string[]): StopMatcher {
  let held = '';
  return {
    push(piece) {
      const text = held + piece;
      for (let end = held.length + 1; end <= text.length; end += 1) {
        const cut = earliestStart(text, end, stops);
        if (cut !== undefined) {
          held = '';
          return { text: text.slice(0, cut), stopped: true, stop: text.slice(cut, end) };
        }
      }
      const keep = longestPossibleStart(text, stops);
      held = text.slice(text.length - keep);
      return { text: text.slice(0, text.length - keep), stopped: false };
    },
    flush() {
      const rest = held;
      held = '';
      return rest;
    },
  };
}

function earliestStart(text: string, end: number, stops: readonly string[]): number | undefined {
  let start: number | undefined;
  for (const stop of stops) {
    if (text.endsWith(stop, end) && (start === undefined || end - stop.length < start))
      start = end - stop.length;
  }
  return start;
}

/** Length of the longest end of `text` that is a true beginning of one of `marks`. */
export function longestPossibleStart(text: string, marks: readonly string[]): number {
  let longest = 0;
  for (const mark of marks) {
    for (let length = Math.min(mark.length - 1, text.length); length > longest; length -= 1) {
      if (text.endsWith(mark.slice(0, length))) {
        longest = length;
        break;
      }
    }
  }
  return longest;
}
