import type { GrammarLimits } from './limits.ts';
import { Refusal } from './refusal.ts';

/** Counts the work of one compilation and refuses, at the place last named, once it is too much. */
export class Budget {
  readonly limits: GrammarLimits;
  readonly #paid = new Set<string>();
  #steps = 0;
  #keyword = '';
  #path = '';

  constructor(limits: GrammarLimits) {
    this.limits = limits;
  }

  /** Names the keyword on whose behalf the next work is done. */
  at(keyword: string, path: string): void {
    this.#keyword = keyword;
    this.#path = path;
  }

  refuse(reason: string): never {
    throw new Refusal({ keyword: this.#keyword, path: this.#path, reason });
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.limits.steps) this.refuse(`compiling takes more than ${this.limits.steps} steps`);
  }

  /** For work whose result is used again: `what` names it. */
  spendOnce(what: string, steps: number): void {
    if (this.#paid.has(what)) return;
    this.#paid.add(what);
    this.spend(steps);
  }

  states(count: number): void {
    if (count > this.limits.states)
      this.refuse(`an automaton would need more than ${this.limits.states} states`);
  }
}
