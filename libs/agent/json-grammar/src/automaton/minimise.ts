import type { Budget } from '../budget.ts';
import { EMPTY, isComplete, type Dfa, type Edge } from './dfa.ts';

/** The smallest automaton for the same strings, its states numbered from the start: equal sets give equal automata. */
export function minimise(dfa: Dfa, budget: Budget): Dfa {
  const trimmed = trim(dfa);
  if (!trimmed.accept.includes(true)) return EMPTY;
  const order = leavesFirst(trimmed);
  if (order) return renumber(trimmed, mergeLeavesFirst(trimmed, order, budget));
  let blocks = firstBlocks(trimmed);
  for (;;) {
    const next = refine(trimmed, blocks, budget);
    if (next.count === blocks.count) return renumber(trimmed, blocks.of);
    blocks = next;
  }
}

/** Every state after all that it leads to; undefined when there is a loop. */
function leavesFirst(dfa: Dfa): number[] | undefined {
  const sources: number[][] = dfa.edges.map(() => []);
  const open = dfa.edges.map((edges) => edges.length);
  dfa.edges.forEach((edges, state) => edges.forEach(({ target }) => sources[target]?.push(state)));
  const order = [...open.keys()].filter((state) => open[state] === 0);
  for (const state of order)
    for (const source of sources[state] ?? []) {
      open[source] = (open[source] ?? 0) - 1;
      if (open[source] === 0) order.push(source);
    }
  return order.length === open.length ? order : undefined;
}

/** Without a loop one pass is enough: two states are one if they accept alike and lead to the same. */
function mergeLeavesFirst(dfa: Dfa, order: readonly number[], budget: Budget): number[] {
  const blocks: number[] = [];
  const ids = new Map<string, number>();
  for (const state of order) {
    const edges = dfa.edges[state] ?? [];
    budget.spend(edges.length + 1);
    const key = signature(dfa.accept[state] ? 1 : 0, edges, blocks);
    const block = ids.get(key) ?? ids.size;
    ids.set(key, block);
    blocks[state] = block;
  }
  return blocks;
}

/** What tells a state from others, once the blocks of the states behind it are known. */
function signature(own: number, edges: readonly Edge[], blocks: readonly number[]): string {
  let text = `${own}`;
  let from = -1;
  let to = -2;
  let block = -1;
  for (const edge of edges) {
    const next = blocks[edge.target] ?? 0;
    if (next !== block || edge.from !== to + 1) {
      if (block >= 0) text += ` ${from} ${to} ${block}`;
      from = edge.from;
      block = next;
    }
    to = edge.to;
  }
  return block >= 0 ? `${text} ${from} ${to} ${block}` : text;
}

interface Blocks {
  readonly of: readonly number[];
  readonly count: number;
}

function number(keys: readonly string[]): Blocks {
  const ids = new Map<string, number>();
  const of = keys.map((key) => {
    const known = ids.get(key) ?? ids.size;
    ids.set(key, known);
    return known;
  });
  return { of, count: ids.size };
}

/** Equivalent states are equally far from acceptance and from refusal; to start there spares long chains most rounds. */
function firstBlocks(dfa: Dfa): Blocks {
  const toAccept = distances(dfa, (state) => (dfa.accept[state] ? 0 : undefined));
  const toRefuse = distances(dfa, (state) => {
    if (!dfa.accept[state]) return 0;
    return isComplete(dfa.edges[state] ?? []) ? undefined : 1;
  });
  return number(dfa.accept.map((accept, state) => `${accept} ${toAccept[state]} ${toRefuse[state]}`));
}

function refine(dfa: Dfa, blocks: Blocks, budget: Budget): Blocks {
  return number(
    dfa.edges.map((edges, state) => {
      budget.spend(edges.length + 1);
      return signature(blocks.of[state] ?? 0, edges, blocks.of);
    }),
  );
}

/** Joins neighbours with the same target. The edges must be sorted. */
export function mergeEdges(edges: readonly Edge[]): Edge[] {
  const merged: Edge[] = [];
  for (const edge of edges) {
    const last = merged.at(-1);
    if (last?.target === edge.target && last.to + 1 === edge.from)
      merged[merged.length - 1] = { ...last, to: edge.to };
    else merged.push(edge);
  }
  return merged;
}

function distances(dfa: Dfa, seed: (state: number) => number | undefined): number[] {
  const sources: number[][] = dfa.edges.map(() => []);
  dfa.edges.forEach((edges, state) => edges.forEach(({ target }) => sources[target]?.push(state)));
  const distance = dfa.edges.map(() => Infinity);
  const rings: number[][] = [[], []];
  dfa.edges.forEach((_, state) => {
    const start = seed(state);
    if (start !== undefined) rings[start]?.push(state);
  });
  for (let ring = 0; ring < rings.length; ring += 1)
    for (const state of rings[ring] ?? []) {
      if ((distance[state] ?? 0) <= ring) continue;
      distance[state] = ring;
      (rings[ring + 1] ??= []).push(...(sources[state] ?? []));
    }
  return distance;
}

/** Without the states from which nothing is accepted. */
function trim(dfa: Dfa): Dfa {
  const useful = distances(dfa, (state) => (dfa.accept[state] ? 0 : undefined));
  return {
    accept: dfa.accept,
    edges: dfa.edges.map((edges) => edges.filter(({ target }) => (useful[target] ?? Infinity) < Infinity)),
  };
}

function renumber(dfa: Dfa, blockOf: readonly number[]): Dfa {
  const ids = new Map<number, number>([[blockOf[0] ?? 0, 0]]);
  const queue = [0];
  const accept: boolean[] = [];
  const edges: Edge[][] = [];
  for (const state of queue) {
    accept.push(dfa.accept[state] === true);
    edges.push(
      mergeEdges(
        (dfa.edges[state] ?? []).map((edge) => {
          const block = blockOf[edge.target] ?? 0;
          const known = ids.get(block);
          if (known !== undefined) return { ...edge, target: known };
          ids.set(block, ids.size);
          queue.push(edge.target);
          return { ...edge, target: ids.size - 1 };
        }),
      ),
    );
  }
  return { accept, edges };
}
