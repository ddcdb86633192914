import type { Budget } from '../budget.ts';
import { ANY_TEXT, EMPTY, isEmpty, type Dfa, type Edge } from './dfa.ts';
import { mergeEdges, minimise } from './minimise.ts';

type Mode = 'and' | 'or' | 'minus';

const DEAD = -1;

/** Strings of both. The automata that go in are minimal, and so is what comes out. */
export function intersect(left: Dfa, right: Dfa, budget: Budget): Dfa {
  if (left === ANY_TEXT) return right;
  if (right === ANY_TEXT) return left;
  return combine(left, right, 'and', budget);
}

/** Strings of either. */
export function unite(left: Dfa, right: Dfa, budget: Budget): Dfa {
  if (isEmpty(left)) return right;
  if (isEmpty(right)) return left;
  return combine(left, right, 'or', budget);
}

/** Strings of the left that are not of the right. */
export function subtract(left: Dfa, right: Dfa, budget: Budget): Dfa {
  return combine(left, right, 'minus', budget);
}

function combine(left: Dfa, right: Dfa, mode: Mode, budget: Budget): Dfa {
  const pairs: (readonly [number, number])[] = [[0, 0]];
  const ids = new Map<string, number>([['0 0', 0]]);
  const accept: boolean[] = [];
  const edges: Edge[][] = [];
  for (const [a, b] of pairs) {
    budget.states(pairs.length);
    const inLeft = left.accept[a] === true;
    const inRight = right.accept[b] === true;
    accept.push(mode === 'and' ? inLeft && inRight : mode === 'or' ? inLeft || inRight : inLeft && !inRight);
    const pieces = sweep(left.edges[a] ?? [], right.edges[b] ?? []);
    budget.spend(2 * pieces.length + 1);
    const out: Edge[] = [];
    for (const { from, to, a: nextA, b: nextB } of pieces) {
      if (nextA === DEAD && (mode !== 'or' || nextB === DEAD)) continue;
      if (nextB === DEAD && mode === 'and') continue;
      const key = `${nextA} ${nextB}`;
      let target = ids.get(key);
      if (target === undefined) {
        target = pairs.length;
        ids.set(key, target);
        pairs.push([nextA, nextB]);
      }
      out.push({ from, to, target });
    }
    edges.push(mergeEdges(out));
  }
  return minimise({ accept, edges }, budget);
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly a: number;
  readonly b: number;
}

/** Walks two sorted edge lists together; a side without an edge there is dead. */
function sweep(left: readonly Edge[], right: readonly Edge[]): Piece[] {
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  let at = 0;
  for (;;) {
    const l = left[i];
    const r = right[j];
    if (!l && !r) return pieces;
    const starts = Math.max(at, Math.min(l?.from ?? Infinity, r?.from ?? Infinity));
    const inL = l !== undefined && l.from <= starts;
    const inR = r !== undefined && r.from <= starts;
    const ends = Math.min(l ? (inL ? l.to : l.from - 1) : Infinity, r ? (inR ? r.to : r.from - 1) : Infinity);
    pieces.push({ from: starts, to: ends, a: inL ? l.target : DEAD, b: inR ? r.target : DEAD });
    at = ends + 1;
    if (l && l.to < at) i += 1;
    if (r && r.to < at) j += 1;
  }
}

/** Exactly these strings. A lone surrogate has no place in an automaton: filter such strings out first. */
export function literals(texts: Iterable<string>, budget: Budget): Dfa {
  const next = [new Map<number, number>()];
  const accept = [false];
  for (const text of texts) {
    let state = 0;
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      let target = next[state]?.get(code);
      if (target === undefined) {
        target = next.length;
        next[state]?.set(code, target);
        next.push(new Map());
        accept.push(false);
      }
      state = target;
    }
    accept[state] = true;
    budget.states(next.length);
  }
  if (!accept.includes(true)) return EMPTY;
  const edges = next.map((targets) =>
    [...targets].sort((a, b) => a[0] - b[0]).map(([code, target]) => ({ from: code, to: code, target })),
  );
  return minimise({ accept, edges }, budget);
}
