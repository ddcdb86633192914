import type { Budget } from '../budget.ts';
import type { Dfa, Edge } from './dfa.ts';
import { mergeEdges, minimise } from './minimise.ts';
import type { Range } from './ranges.ts';

/** A step that reads nothing: always, only before the first character, or only after the last. */
export interface EmptyStep {
  readonly to: number;
  readonly when: 'always' | 'start' | 'end';
}

/** A nondeterministic automaton under construction. */
export interface Nfa {
  readonly empty: EmptyStep[][];
  readonly read: { readonly ranges: readonly Range[]; readonly to: number }[][];
  readonly start: number;
  readonly end: number;
}

export function determinise(nfa: Nfa, budget: Budget): Dfa {
  const sets: number[][] = [closure(nfa, [nfa.start], ['always', 'start'])];
  const ids = new Map<string, number>();
  const accept: boolean[] = [];
  const edges: Edge[][] = [];
  for (let index = 0; index < sets.length; index += 1) {
    budget.states(sets.length);
    const set = sets[index] ?? [];
    const when: EmptyStep['when'][] = index === 0 ? ['always', 'start', 'end'] : ['always', 'end'];
    accept.push(closure(nfa, set, when).includes(nfa.end));
    const reads = set.flatMap((state) => nfa.read[state] ?? []);
    const out: Edge[] = [];
    for (const { from, to, targets } of slices(reads, budget)) {
      const next = closure(nfa, targets, ['always']);
      budget.spend(4 * next.length);
      const key = next.join(' ');
      let target = ids.get(key);
      if (target === undefined) {
        target = sets.length;
        ids.set(key, target);
        sets.push(next);
      }
      out.push({ from, to, target });
    }
    edges.push(mergeEdges(out));
  }
  return minimise({ accept, edges }, budget);
}

function closure(nfa: Nfa, states: readonly number[], when: readonly EmptyStep['when'][]): number[] {
  const seen = new Set(states);
  for (const state of seen)
    for (const step of nfa.empty[state] ?? []) if (when.includes(step.when)) seen.add(step.to);
  return [...seen].sort((a, b) => a - b);
}

/** Cuts overlapping ranges into pieces, each with all the states it leads to. */
function slices(
  reads: readonly { readonly ranges: readonly Range[]; readonly to: number }[],
  budget: Budget,
): { from: number; to: number; targets: number[] }[] {
  const events = reads
    .flatMap(({ ranges, to }) =>
      ranges.flatMap(([low, high]) => [
        { at: low, to, enter: true },
        { at: high + 1, to, enter: false },
      ]),
    )
    .sort((a, b) => a.at - b.at);
  budget.spend(2 * events.length);
  const open = new Map<number, number>();
  const pieces: { from: number; to: number; targets: number[] }[] = [];
  events.forEach(({ at, to, enter }, index) => {
    open.set(to, (open.get(to) ?? 0) + (enter ? 1 : -1));
    if (open.get(to) === 0) open.delete(to);
    const next = events[index + 1]?.at;
    if (next !== undefined && next > at && open.size > 0)
      pieces.push({ from: at, to: next - 1, targets: [...open.keys()] });
  });
  return pieces;
}
