import type { Budget } from '../budget.ts';
import type { Dfa, Edge } from './dfa.ts';
import { mergeEdges, minimise } from './minimise.ts';

/** An automaton given as a program: what a state is called, which states follow it, and whether a text may end there. */
export interface Machine<State> {
  readonly start: State;
  readonly alphabet: string;
  next(state: State, character: string): State | undefined;
  mayEnd(state: State): boolean;
}

/** Walks a machine from its start until no state is new. States are flat; they are told apart by their fields. */
export function explore<State extends object>(machine: Machine<State>, budget: Budget): Dfa {
  const characters = [...machine.alphabet].sort();
  const keyOf = (state: State): string => Object.values(state).join(' ');
  const states: State[] = [machine.start];
  const ids = new Map<string, number>([[keyOf(machine.start), 0]]);
  const edges: Edge[][] = [];
  for (const state of states) {
    budget.states(states.length);
    budget.spend(4 * characters.length);
    const out: Edge[] = [];
    for (const character of characters) {
      const next = machine.next(state, character);
      if (next === undefined) continue;
      const key = keyOf(next);
      let target = ids.get(key);
      if (target === undefined) {
        target = states.length;
        ids.set(key, target);
        states.push(next);
      }
      const code = character.codePointAt(0) ?? 0;
      out.push({ from: code, to: code, target });
    }
    edges.push(mergeEdges(out));
  }
  return minimise({ accept: states.map((state) => machine.mayEnd(state)), edges }, budget);
}
