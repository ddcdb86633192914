import type { Budget } from '../budget.ts';
import { isEmpty } from '../automaton/dfa.ts';
import type { Conjunction, ListShape, RecordShape, Shape } from './shape.ts';
import type { Shapes } from './shapes.ts';

/** The conjunctions that have at least one value. A value is finite, so a loop of required parts has none. */
export class Possible {
  readonly #reached = new Map<string, Shape>();
  readonly #possible = new Set<string>();

  /** Looks at the root and at what must be proven, and at all that these lead to. */
  constructor(shapes: Shapes, root: Conjunction, budget: Budget) {
    const queue = [root];
    const reach = (): void => {
      for (const conjunction of queue.splice(0)) {
        if (this.#reached.has(conjunction.key)) continue;
        budget.at('', conjunction.paths[0] ?? '');
        budget.states(this.#reached.size + 1);
        const shape = shapes.of(conjunction);
        this.#reached.set(conjunction.key, shape);
        // For a proof only what every value must hold matters.
        queue.push(...children(shape, conjunction.proof));
      }
    };
    while (queue.length > 0) {
      reach();
      if (queue.length === 0)
        for (const { together } of shapes.obligations.values())
          if (!this.#reached.has(together.key)) queue.push(together);
    }
    this.#settle(budget);
  }

  has(conjunction: Conjunction): boolean {
    return this.#possible.has(conjunction.key);
  }

  #settle(budget: Budget): void {
    for (let before = -1; before !== this.#possible.size;) {
      before = this.#possible.size;
      for (const [key, shape] of this.#reached) {
        budget.spend(1);
        if (!this.#possible.has(key) && this.#hasValue(shape)) this.#possible.add(key);
      }
    }
  }

  #hasValue(shape: Shape): boolean {
    return (
      shape.words.length + shape.literals.length > 0 ||
      !isEmpty(shape.text) ||
      !isEmpty(shape.number) ||
      shape.lists.some((list) => this.list(list)) ||
      shape.records.some((record) => this.record(record))
    );
  }

  list(list: ListShape): boolean {
    return firstItems(list).every((item) => this.has(item));
  }

  record({ members }: RecordShape): boolean {
    return members.every(({ required, value }) => !required || this.has(value));
  }
}

/** The distinct conjunctions of the items that a list cannot do without. */
function firstItems({ prefix, rest, min }: ListShape): Conjunction[] {
  return min > prefix.length ? [...prefix, rest] : prefix.slice(0, min);
}

function children(shape: Shape, requiredOnly: boolean): Conjunction[] {
  const items = shape.lists.flatMap((list) =>
    requiredOnly ? firstItems(list) : [...list.prefix, list.rest],
  );
  const members = shape.records.flatMap((record) => [
    ...record.members.filter(({ required }) => required || !requiredOnly),
    ...(requiredOnly ? [] : record.others),
  ]);
  return [...items, ...members.map(({ value }) => value)];
}
