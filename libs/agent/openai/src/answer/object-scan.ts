/** How a scan stands: the object goes on, is whole, or cannot be JSON any more. */
export type ScanState = 'open' | 'closed' | 'broken';

export interface ObjectScan {
  /** Reads on; `length` characters of the text belong to the object. Not to be called again once it is not open. */
  read(text: string): { length: number; state: ScanState };
}

/** What stands outside of strings in JSON. */
const OUTSIDE = /[\s{}[\]:,"\w+.-]/;

/**
 * Finds where a JSON object ends that comes in pieces. The first character must be its brace.
 *
 * It counts brackets and knows strings, no more: whether what is closed is JSON is for a parser to say.
 */
export function createObjectScan(): ObjectScan {
  let depth = 0;
  let inString = false;
  let escaped = false;

  /** False for a character that no JSON has at this place. */
  function take(character: string): boolean {
    if (inString) {
      if (character < ' ') return false;
      if (escaped) escaped = false;
      else if (character === '\\') escaped = true;
      else if (character === '"') inString = false;
      return true;
    }
    if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    return OUTSIDE.test(character);
  }

  return {
    read(text) {
      for (let at = 0; at < text.length; at += 1) {
        if (!take(text.charAt(at))) return { length: at, state: 'broken' };
        if (depth === 0) return { length: at + 1, state: 'closed' };
      }
      return { length: text.length, state: 'open' };
    },
  };
}
