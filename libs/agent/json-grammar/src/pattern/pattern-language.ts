import type { Budget } from '../budget.ts';
import { intersect, subtract, unite } from '../automaton/combine.ts';
import { determinise, type Nfa } from '../automaton/determinise.ts';
import { EMPTY, type Dfa } from '../automaton/dfa.ts';
import { EVERY_CHARACTER } from '../automaton/ranges.ts';
import { parsePattern, type PatternNode } from './parse-pattern.ts';

/**
 * Every text in which the pattern matches somewhere (so an unanchored one allows anything around the match).
 * A lookahead is exact where it stands right after `^`: there it speaks about the whole text.
 */
export function patternLanguage(source: string, budget: Budget): Dfa {
  const parsed = parsePattern(source, budget);
  if (!parsed.ok) budget.refuse(`the pattern cannot be enforced: ${parsed.reason}`);
  return nodeLanguage(parsed.node, budget);
}

function nodeLanguage(node: PatternNode, budget: Budget): Dfa {
  if (!hasLook(node)) return search(node, budget);
  if (node.kind === 'either')
    return node.options
      .map((option) => nodeLanguage(option, budget))
      .reduce((all, option) => unite(all, option, budget), EMPTY);
  const items = node.kind === 'sequence' ? node.items : [node];
  const afterStart = items.findIndex((item) => item.kind !== 'start');
  const rest = items.slice(afterStart).findIndex((item) => item.kind !== 'look');
  const looks = rest < 0 ? items.slice(afterStart) : items.slice(afterStart, afterStart + rest);
  const body = rest < 0 ? [] : items.slice(afterStart + rest);
  if (afterStart === 0 || looks.length === 0)
    budget.refuse('the pattern cannot be enforced: lookahead is supported right after ^ only');
  let language = nodeLanguage(fromStart(body), budget);
  for (const look of looks) {
    if (look.kind !== 'look') continue;
    const ahead = nodeLanguage(fromStart([look.item]), budget);
    language = look.negative ? subtract(language, ahead, budget) : intersect(language, ahead, budget);
  }
  return language;
}

function fromStart(items: readonly PatternNode[]): PatternNode {
  const [only] = items;
  // A group of alternatives keeps its lookaheads right after ^ when each alternative gets its own ^.
  if (items.length === 1 && only?.kind === 'either' && hasLook(only))
    return { kind: 'either', options: only.options.map((option) => fromStart([option])) };
  if (items.length === 1 && only?.kind === 'sequence') return fromStart(only.items);
  return { kind: 'sequence', items: [{ kind: 'start' }, ...items] };
}

function hasLook(node: PatternNode): boolean {
  switch (node.kind) {
    case 'look':
      return true;
    case 'sequence':
      return node.items.some(hasLook);
    case 'either':
      return node.options.some(hasLook);
    case 'repeat':
      return hasLook(node.item);
    default:
      return false;
  }
}

function search(node: PatternNode, budget: Budget): Dfa {
  const builder = new NfaBuilder(budget);
  const start = builder.state();
  builder.read(start, start);
  const end = builder.add(node, start);
  builder.read(end, end);
  return determinise(builder.finish(start, end), budget);
}

class NfaBuilder {
  readonly #empty: Nfa['empty'] = [];
  readonly #read: Nfa['read'] = [];
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  state(): number {
    this.#budget.states(this.#empty.push([]));
    this.#read.push([]);
    return this.#empty.length - 1;
  }

  read(from: number, to: number, ranges = EVERY_CHARACTER): void {
    this.#read[from]?.push({ ranges, to });
  }

  finish(start: number, end: number): Nfa {
    return { empty: this.#empty, read: this.#read, start, end };
  }

  /** Appends a node behind `from` and returns the state after it. */
  add(node: PatternNode, from: number): number {
    switch (node.kind) {
      case 'set': {
        const to = this.state();
        this.read(from, to, node.ranges);
        return to;
      }
      case 'start':
      case 'end':
        return this.#step(from, node.kind);
      case 'sequence':
        return node.items.reduce((state, item) => this.add(item, state), this.#step(from));
      case 'either': {
        const end = this.state();
        for (const option of node.options) this.#join(this.add(option, this.#step(from)), end);
        return end;
      }
      case 'repeat':
        return this.#repeat(node, from);
      case 'look':
        return this.#budget.refuse('the pattern cannot be enforced: lookahead inside a group');
    }
  }

  #repeat(node: PatternNode & { kind: 'repeat' }, from: number): number {
    const { repetition } = this.#budget.limits;
    if (node.min > repetition || (node.max !== Infinity && node.max > repetition))
      this.#budget.refuse(`the pattern repeats something more than ${repetition} times`);
    let state = this.#step(from);
    for (let count = 0; count < node.min; count += 1) state = this.add(node.item, state);
    if (node.max === Infinity) {
      const loop = this.#step(state);
      this.#join(this.add(node.item, loop), loop);
      return this.#step(loop);
    }
    const end = this.state();
    this.#join(state, end);
    for (let count = node.min; count < node.max; count += 1) {
      state = this.add(node.item, state);
      this.#join(state, end);
    }
    return end;
  }

  #step(from: number, when: 'always' | 'start' | 'end' = 'always'): number {
    const to = this.state();
    this.#empty[from]?.push({ to, when });
    return to;
  }

  #join(from: number, to: number): void {
    this.#empty[from]?.push({ to, when: 'always' });
  }
}
