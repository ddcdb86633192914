import { z } from 'zod';
import { createObjectScan, type ObjectScan } from './answer/object-scan.ts';
import { longestPossibleStart } from './stop-matcher.ts';
import { FunctionName } from './tools.ts';

export const CALL_OPEN = '<tool_call>';
export const CALL_CLOSE = '</tool_call>';

/** A call whose name a client could not send back in the next turn is no call. */
const CalledFunction = z.object({ name: FunctionName, arguments: z.unknown().optional() });

/** How nearly every model begins a call; from here on the arguments are shown as they are written. */
const CALL_HEAD = /^\s*\{\s*"name"\s*:\s*"([a-zA-Z0-9_-]{1,64})"\s*,\s*"arguments"\s*:\s*(?=\{)/;
const CALL_TAIL = /^\s*\}?\s*/;

/**
 * Text, and calls: a call begins, its arguments come in any number of pieces of JSON text, it ends.
 *
 * `call-broken` ends one instead whose arguments are no JSON, or were cut off: `text` is what the model wrote for it.
 */
export type ToolCallPiece =
  | { kind: 'text'; text: string }
  | { kind: 'call-started'; name: string }
  | { kind: 'call-arguments'; text: string }
  | { kind: 'call-ended' }
  | { kind: 'call-broken'; text: string };

export interface ToolCallParser {
  push(piece: string): ToolCallPiece[];
  flush(): ToolCallPiece[];
}

/**
 * Finds `<tool_call>{"name": …, "arguments": …}</tool_call>` in a stream of text.
 *
 * Arguments are shown as they come where the call begins in the usual order, else with the end of the call. White
 * space around a call belongs to the template, not to the answer, and is dropped. What stands between the marks but
 * is no call is handed back as the text it was: nothing is lost. Once its arguments are whole a call stands, and what was
 * cut of the mark behind it is no text.
 */
export function createToolCallParser(): ToolCallParser {
  let mode: 'text' | 'head' | 'arguments' | 'broken' | 'tail' | 'after' = 'text';
  let held = '';
  /** White space before the open mark: dropped with a call, given back with what was none. */
  let gap = '';
  /** What was taken of the call whose arguments are being shown. */
  let body = '';
  let argumentsFrom = 0;
  let scan: ObjectScan = createObjectScan();

  const asText = (inside: string, closed: boolean): string =>
    gap + CALL_OPEN + inside + (closed ? CALL_CLOSE : '');

  /** Takes `count` characters of what is held as arguments. */
  function takeArguments(count: number): ToolCallPiece[] {
    const text = held.slice(0, count);
    body += text;
    held = held.slice(count);
    return text === '' ? [] : [{ kind: 'call-arguments', text }];
  }

  /** What was held back whole: a call, or the text it was. */
  function closeHeld(inside: string, closed: boolean): ToolCallPiece[] {
    const call = parseCall(inside);
    mode = call === undefined ? 'text' : 'after';
    return call ?? [{ kind: 'text', text: asText(inside, closed) }];
  }

  function closeBroken(closed: boolean): ToolCallPiece[] {
    mode = 'text';
    return [{ kind: 'call-broken', text: asText(body, closed) }];
  }

  /** The arguments are whole: what more there is than the object's other members and its end is text. */
  function closeTail(tail: string): ToolCallPiece[] {
    const rest = isJson(body + tail) ? '' : tail.replace(CALL_TAIL, '').trimEnd();
    mode = rest === '' ? 'after' : 'text';
    return [{ kind: 'call-ended' }, ...textPiece(rest)];
  }

  /** Takes what stands before the close mark; undefined while that has not come. */
  function takeToClose(): string | undefined {
    const end = held.indexOf(CALL_CLOSE);
    if (end < 0) return undefined;
    const inside = held.slice(0, end);
    held = held.slice(end + CALL_CLOSE.length);
    return inside;
  }

  /** One move; undefined when more must come first. */
  function step(): ToolCallPiece[] | undefined {
    switch (mode) {
      case 'head': {
        const [head, name] = CALL_HEAD.exec(held) ?? [];
        if (head === undefined || name === undefined) {
          const inside = takeToClose();
          return inside === undefined ? undefined : closeHeld(inside, true);
        }
        body = head;
        argumentsFrom = head.length;
        held = held.slice(head.length);
        scan = createObjectScan();
        mode = 'arguments';
        return [{ kind: 'call-started', name }];
      }
      case 'arguments': {
        if (held === '') return undefined;
        const { length, state } = scan.read(held);
        const pieces = takeArguments(length);
        if (state === 'broken') mode = 'broken';
        if (state === 'closed') mode = isJson(body.slice(argumentsFrom)) ? 'tail' : 'broken';
        return pieces;
      }
      case 'broken': {
        const end = held.indexOf(CALL_CLOSE);
        if (end < 0) {
          const pieces = takeArguments(held.length - longestPossibleStart(held, [CALL_CLOSE]));
          return pieces.length === 0 ? undefined : pieces;
        }
        const rest = takeArguments(end);
        held = held.slice(CALL_CLOSE.length);
        return [...rest, ...closeBroken(true)];
      }
      case 'tail': {
        const tail = takeToClose();
        return tail === undefined ? undefined : closeTail(tail);
      }
      case 'after':
        held = held.trimStart();
        if (held === '') return undefined;
        return findOpen();
      case 'text':
        return findOpen();
    }
  }

  function findOpen(): ToolCallPiece[] | undefined {
    const start = held.indexOf(CALL_OPEN);
    if (start >= 0) {
      const text = held.slice(0, start).trimEnd();
      gap = held.slice(text.length, start);
      held = held.slice(start + CALL_OPEN.length);
      mode = 'head';
      return textPiece(text);
    }
    const open = longestPossibleStart(held, [CALL_OPEN]);
    const sure = held.slice(0, held.length - open).trimEnd();
    if (sure === '') return undefined;
    held = held.slice(sure.length);
    mode = 'text';
    return textPiece(sure);
  }

  function closeAll(): ToolCallPiece[] {
    const rest = held;
    held = '';
    switch (mode) {
      case 'head':
        return closeHeld(
          parseCall(uncut(rest, CALL_CLOSE)) === undefined ? rest : uncut(rest, CALL_CLOSE),
          false,
        );
      case 'arguments':
      case 'broken':
        held = rest;
        return [...takeArguments(rest.length), ...closeBroken(false)];
      case 'tail':
        return closeTail(uncut(rest, CALL_CLOSE));
      case 'after':
        return textPiece(uncut(rest, CALL_OPEN));
      case 'text':
        return textPiece(rest);
    }
  }

  return {
    push(piece) {
      held += piece;
      const pieces: ToolCallPiece[] = [];
      for (let found = step(); found !== undefined; found = step()) pieces.push(...found);
      return joinPieces(pieces);
    },
    flush() {
      const pieces = closeAll();
      mode = 'text';
      return pieces;
    },
  };
}

/** A text without the beginning of a mark at its end. */
function uncut(text: string, mark: string): string {
  return text.slice(0, text.length - longestPossibleStart(text, [mark]));
}

function parseCall(body: string): ToolCallPiece[] | undefined {
  try {
    const parsed = CalledFunction.safeParse(JSON.parse(body));
    if (!parsed.success) return undefined;
    return [
      { kind: 'call-started', name: parsed.data.name },
      { kind: 'call-arguments', text: argumentsText(parsed.data.arguments) },
      { kind: 'call-ended' },
    ];
  } catch {
    return undefined;
  }
}

/** Some models write the arguments as JSON in a string; clients expect the JSON text either way. */
function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value ?? {});
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function textPiece(text: string): ToolCallPiece[] {
  return text === '' ? [] : [{ kind: 'text', text }];
}

/** Neighbours that say the same kind of thing become one piece. */
function joinPieces(pieces: readonly ToolCallPiece[]): ToolCallPiece[] {
  const joined: ToolCallPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (
      (piece.kind === 'text' || piece.kind === 'call-arguments') &&
      (last?.kind === 'text' || last?.kind === 'call-arguments') &&
      last.kind === piece.kind
    )
      joined[joined.length - 1] = { kind: piece.kind, text: last.text + piece.text };
    else joined.push(piece);
  }
  return joined;
}
