import { literals, unite } from '../automaton/combine.ts';
import { ANY_TEXT, EMPTY, isEmpty, type Dfa } from '../automaton/dfa.ts';
import type { Budget } from '../budget.ts';
import { leavesNumbersOut, numberLanguage } from '../language/number-language.ts';
import { TextLanguages } from '../language/text-language.ts';
import type { JsonValue } from '../schema/json-value.ts';
import type { Kind, Part } from '../schema/part.ts';
import type { Parts } from '../schema/read-schema.ts';
import { satisfies } from '../schema/satisfies.ts';
import { Conjunctions, type Disjunct, type Obligation } from './conjunctions.ts';
import { listShape } from './list-shape.ts';
import { recordShape } from './record-shape.ts';
import type { Conjunction, ListShape, RecordShape, Shape } from './shape.ts';

interface Draft {
  readonly words: Set<'null' | 'true' | 'false'>;
  text: Dfa;
  number: Dfa;
  readonly strings: Set<string>;
  readonly numbers: Set<string>;
  readonly lists: ListShape[];
  readonly records: RecordShape[];
  readonly literals: Set<string>;
}

const EVERY_KIND: readonly Kind[] = ['null', 'boolean', 'string', 'number', 'array', 'object'];

/** Works out what the values of a conjunction look like, each conjunction once, and collects what must be proven. */
export class Shapes {
  readonly conjunctions: Conjunctions;
  readonly obligations = new Map<string, Obligation>();
  readonly #parts: Parts;
  readonly #budget: Budget;
  readonly #languages: TextLanguages;
  readonly #shapes = new Map<string, Shape>();
  readonly #open = new Set<string>();
  readonly #numbers = new Map<string, Dfa>();

  constructor(parts: Parts, budget: Budget) {
    this.#parts = parts;
    this.#budget = budget;
    this.#languages = new TextLanguages(budget);
    this.conjunctions = new Conjunctions(parts, budget);
  }

  of(conjunction: Conjunction): Shape {
    const known = this.#shapes.get(conjunction.key);
    if (known) return known;
    this.#open.add(conjunction.key);
    const draft: Draft = {
      words: new Set(),
      text: EMPTY,
      number: EMPTY,
      strings: new Set(),
      numbers: new Set(),
      lists: [],
      records: [],
      literals: new Set(),
    };
    this.#budget.at('', conjunction.paths[0] ?? '');
    for (const disjunct of this.conjunctions.disjuncts(conjunction)) {
      for (const obligation of disjunct.obligations)
        this.obligations.set(obligation.together.key, obligation);
      this.#add(draft, disjunct, conjunction);
    }
    const shape: Shape = {
      words: [...draft.words],
      text: unite(draft.text, literals(draft.strings, this.#budget), this.#budget),
      number: unite(draft.number, literals(draft.numbers, this.#budget), this.#budget),
      lists: draft.lists,
      records: draft.records,
      literals: [...draft.literals],
    };
    this.#open.delete(conjunction.key);
    this.#shapes.set(conjunction.key, shape);
    return shape;
  }

  #add(draft: Draft, { parts }: Disjunct, conjunction: Conjunction): void {
    const lists = parts.flatMap((part) => part.values);
    const shortest = lists.toSorted((a, b) => a.length - b.length)[0];
    if (shortest) {
      const context = { parts: this.#parts, languages: this.#languages };
      for (const value of shortest) {
        this.#budget.spend(parts.length);
        if (parts.every(({ path }) => satisfies(context, path, value))) addLiteral(draft, value);
      }
      return;
    }
    const kinds = this.#kinds(parts);
    if (kinds.has('null')) draft.words.add('null');
    if (kinds.has('boolean')) draft.words.add('true').add('false');
    if (kinds.has('string')) draft.text = unite(draft.text, this.#languages.of(parts), this.#budget);
    if (kinds.has('number') || kinds.has('integer'))
      draft.number = unite(
        draft.number,
        this.#number(parts, { whole: !kinds.has('number'), proof: conjunction.proof }),
        this.#budget,
      );
    const merge = (paths: readonly string[]): Conjunction => this.conjunctions.of(paths, conjunction.proof);
    if (kinds.has('array')) {
      const list = listShape(parts, merge);
      if (list) draft.lists.push(list);
    }
    if (!kinds.has('object')) return;
    const record = recordShape(parts, {
      languages: this.#languages,
      budget: this.#budget,
      conjunction: merge,
      texts: (paths) => this.#names(paths),
    });
    if (record && !this.#isPlainlyImpossible(record)) draft.records.push(record);
  }

  #kinds(parts: readonly Part[]): ReadonlySet<Kind> {
    const kinds = new Set<Kind>();
    for (const kind of [...EVERY_KIND, 'integer'] as const)
      if (
        parts.every(
          (part) =>
            part.kinds === undefined ||
            part.kinds.has(kind) ||
            (kind === 'integer' && part.kinds.has('number')),
        )
      )
        kinds.add(kind);
    return kinds;
  }

  #number(parts: readonly Part[], { whole, proof }: { whole: boolean; proof: boolean }): Dfa {
    // A proof asks only whether there is any number at all.
    if (proof && leavesNumbersOut(parts, whole)) return ANY_TEXT;
    const key = JSON.stringify([whole, parts.map((part) => part.number)]);
    const known = this.#numbers.get(key);
    if (known) return known;
    const language = numberLanguage(parts, whole, this.#languages, this.#budget);
    this.#numbers.set(key, language);
    return language;
  }

  #names(paths: readonly string[]): Dfa {
    const conjunction = this.conjunctions.of(paths, false);
    if (this.#open.has(conjunction.key))
      this.#budget.refuse('propertyNames refers to the schema that it stands in');
    return this.of(conjunction).text;
  }

  /** A required key with no value at all, seen without going round in circles. It keeps proofs short. */
  #isPlainlyImpossible({ members }: RecordShape): boolean {
    const required = members.filter((member) => member.required);
    const fixed = ({ value }: { value: Conjunction }): boolean =>
      value.paths.some((path) => (this.#parts.get(path)?.values.length ?? 0) > 0);
    return [...required.filter(fixed), ...required.filter((member) => !fixed(member))].some(
      ({ value }) => !this.#open.has(value.key) && hasNoValue(this.of(value)),
    );
  }
}

export function hasNoValue(shape: Shape): boolean {
  return (
    shape.words.length + shape.lists.length + shape.records.length + shape.literals.length === 0 &&
    isEmpty(shape.text) &&
    isEmpty(shape.number)
  );
}

function addLiteral(draft: Draft, value: JsonValue): void {
  const text = JSON.stringify(value);
  if (text === 'null' || text === 'true' || text === 'false') draft.words.add(text);
  else if (typeof value === 'string' && value.isWellFormed()) draft.strings.add(value);
  else if (typeof value === 'number') draft.numbers.add(text);
  else draft.literals.add(text);
}
