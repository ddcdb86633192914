import { z } from 'zod';
import { longestPossibleStart } from './stop-matcher.ts';
import { FunctionName } from './tools.ts';

export const CALL_OPEN = '<tool_call>';
export const CALL_CLOSE = '</tool_call>';

/** A call whose name a client could not send back in the next turn is no call. */
const CalledFunction = z.object({ name: FunctionName, arguments: z.unknown().optional() });

export type ToolCallPiece =
  | { kind: 'text'; text: string }
  | { kind: 'call'; name: string; arguments: string };

export interface ToolCallParser {
  push(piece: string): ToolCallPiece[];
  flush(): ToolCallPiece[];
}

/**
 * Finds `<tool_call>{"name": …, "arguments": …}</tool_call>` in a stream of text.
 *
 * White space around a call belongs to the template, not to the answer, and is dropped.
 * What stands between the marks but is no call is handed back as the text it was: nothing is lost.
 */
export function createToolCallParser(): ToolCallParser {
  let mode: 'text' | 'call' | 'after' = 'text';
  let held = '';
  /** White space before the open mark: dropped with a call, given back with what was none. */
  let gap = '';

  function closeCall(body: string, closed: boolean): ToolCallPiece {
    const call = parseCall(body);
    mode = call === undefined ? 'text' : 'after';
    return call ?? { kind: 'text', text: gap + CALL_OPEN + body + (closed ? CALL_CLOSE : '') };
  }

  function step(pieces: ToolCallPiece[]): boolean {
    if (mode === 'call') {
      const end = held.indexOf(CALL_CLOSE);
      if (end < 0) return false;
      const body = held.slice(0, end);
      held = held.slice(end + CALL_CLOSE.length);
      pieces.push(closeCall(body, true));
      return true;
    }
    if (mode === 'after') {
      held = held.trimStart();
      if (held === '') return false;
    }
    const start = held.indexOf(CALL_OPEN);
    if (start >= 0) {
      const text = held.slice(0, start).trimEnd();
      pushText(pieces, text);
      gap = held.slice(text.length, start);
      held = held.slice(start + CALL_OPEN.length);
      mode = 'call';
      return true;
    }
    const open = longestPossibleStart(held, [CALL_OPEN]);
    const sure = held.slice(0, held.length - open).trimEnd();
    if (sure !== '') {
      pushText(pieces, sure);
      held = held.slice(sure.length);
      mode = 'text';
    }
    return false;
  }

  return {
    push(piece) {
      const pieces: ToolCallPiece[] = [];
      held += piece;
      while (step(pieces));
      return mergeText(pieces);
    },
    flush() {
      const pieces: ToolCallPiece[] = [];
      if (mode === 'call') pieces.push(closeCall(held, false));
      else pushText(pieces, held);
      held = '';
      mode = 'text';
      return pieces;
    },
  };
}

function parseCall(body: string): ToolCallPiece | undefined {
  try {
    const parsed = CalledFunction.safeParse(JSON.parse(body));
    if (!parsed.success) return undefined;
    return { kind: 'call', name: parsed.data.name, arguments: argumentsText(parsed.data.arguments) };
  } catch {
    return undefined;
  }
}

/** Some models write the arguments as JSON in a string; clients expect the JSON text either way. */
function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value ?? {});
}

function pushText(pieces: ToolCallPiece[], text: string): void {
  if (text !== '') pieces.push({ kind: 'text', text });
}

function mergeText(pieces: ToolCallPiece[]): ToolCallPiece[] {
  const merged: ToolCallPiece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text')
      merged[merged.length - 1] = { kind: 'text', text: last.text + piece.text };
    else merged.push(piece);
  }
  return merged;
}
