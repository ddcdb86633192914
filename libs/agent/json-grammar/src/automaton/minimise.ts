import type { Budget } from '../budget.ts';
import { EMPTY, isComplete, type Dfa, type Edge } from './dfa.ts';

/** The smallest automaton for the same strings, its states numbered from the start: equal sets give equal automata. */
export function minimise(dfa: Dfa, budget: Budget): Dfa {
  const trimmed = trim(dfa);
  if (!trimmed.accept.includes(true)) return EMPTY;
  let blocks = firstBlocks(trimmed);
  for (;;) {
    const next = refine(trimmed, blocks, budget);
    if (next.count === blocks.count) return renumber(trimmed, blocks.of);
    blocks = next;
  }
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
      const merged = mergeEdges(edges.map((edge) => ({ ...edge, target: blocks.of[edge.target] ?? 0 })));
      return `${blocks.of[state]}:${merged.map(({ from, to, target }) => `${from}-${to}>${target}`).join()}`;
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
