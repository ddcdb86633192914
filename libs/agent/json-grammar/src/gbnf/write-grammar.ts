import { isEmpty } from '../automaton/dfa.ts';
import type { Budget } from '../budget.ts';
import type { Possible } from '../shape/possible.ts';
import type { Conjunction, ListShape, Member, RecordShape } from '../shape/shape.ts';
import type { Shapes } from '../shape/shapes.ts';
import { AutomatonRules } from './automaton-rules.ts';
import { literal } from './characters.ts';
import { Grammar } from './grammar.ts';

/** At most one space after a comma or a colon, none elsewhere: a model cannot lose itself in white space. */
const SPACE = 'space';
const COMMA = `"," ${SPACE}`;
const COLON = `":" ${SPACE}`;

interface WriterOptions {
  readonly shapes: Shapes;
  readonly possible: Possible;
  readonly budget: Budget;
}

/** Writes the grammar of a conjunction that has a value. Impossible alternatives, members and items are left out. */
export function writeGrammar(root: Conjunction, options: WriterOptions): string {
  const writer = new GrammarWriter(options);
  return writer.write(root);
}

class GrammarWriter {
  readonly #shapes: Shapes;
  readonly #possible: Possible;
  readonly #grammar: Grammar;
  readonly #automata: AutomatonRules;
  readonly #names = new Map<string, string>();
  readonly #pending: (() => void)[] = [];

  constructor({ shapes, possible, budget }: WriterOptions) {
    this.#shapes = shapes;
    this.#possible = possible;
    this.#grammar = new Grammar(budget);
    this.#automata = new AutomatonRules(this.#grammar);
  }

  write(root: Conjunction): string {
    this.#grammar.rule('root', [this.#value(root)]);
    this.#grammar.rule(SPACE, ['', '" "']);
    for (let next = this.#pending.shift(); next; next = this.#pending.shift()) next();
    return this.#grammar.text();
  }

  /** The rule of a conjunction; its body is written later, so a schema may mention itself. */
  #value(conjunction: Conjunction): string {
    const known = this.#names.get(conjunction.key);
    if (known !== undefined) return known;
    const name = this.#grammar.name('v');
    this.#names.set(conjunction.key, name);
    this.#pending.push(() => this.#grammar.rule(name, this.#alternatives(conjunction)));
    return name;
  }

  #alternatives(conjunction: Conjunction): string[] {
    const shape = this.#shapes.of(conjunction);
    return [
      ...shape.words.map(literal),
      ...shape.literals.map(literal),
      ...(isEmpty(shape.text) ? [] : [this.#automata.string(shape.text)]),
      ...(isEmpty(shape.number) ? [] : [this.#automata.plain(shape.number)]),
      ...shape.lists.filter((list) => this.#possible.list(list)).map((list) => this.#list(list)),
      ...shape.records
        .filter((record) => this.#possible.record(record))
        .map((record) => this.#record(record)),
    ];
  }

  /**
   * `item` rules write an item, `rest` rules what may follow it. Both are numbered by the items before,
   * up to the number from which all items are alike.
   */
  #list({ prefix, rest, min, max }: ListShape): string {
    const blocked = prefix.findIndex((item) => !this.#possible.has(item));
    const end = Math.min(
      max,
      blocked < 0 ? Infinity : blocked,
      this.#possible.has(rest) ? Infinity : prefix.length,
    );
    const name = this.#grammar.name('a');
    if (end === 0) {
      this.#grammar.rule(name, ['"[]"']);
      return name;
    }
    const alike = Math.max(min, prefix.length);
    const count = end === Infinity ? alike + 1 : end;
    const items = Array.from({ length: count }, () => this.#grammar.name('i'));
    const nexts = Array.from({ length: count }, () => this.#grammar.name('j'));
    this.#grammar.rule(name, [`"[" ${items[0]}`, ...(min === 0 ? ['"[]"'] : [])]);
    for (let index = 0; index < count; index += 1) {
      const written = index + 1;
      const follower = items[written] ?? (end === Infinity ? items[index] : undefined);
      this.#grammar.rule(items[index] ?? '', [`${this.#value(prefix[index] ?? rest)} ${nexts[index]}`]);
      this.#grammar.rule(nexts[index] ?? '', [
        ...(follower === undefined ? [] : [`${COMMA} ${follower}`]),
        ...(written >= min ? ['"]"'] : []),
      ]);
    }
    return name;
  }

  /** `key` rules write one of the members from a place on, `rest` rules what may follow a member. */
  #record(record: RecordShape): string {
    const members = record.members.filter(({ value }) => this.#possible.has(value));
    const others = record.others.filter(({ value }) => this.#possible.has(value));
    const count = members.length;
    const lastRequired = members.findLastIndex(({ required }) => required);
    const keys = Array.from({ length: count + 1 }, () => this.#grammar.name('k'));
    const rests = Array.from({ length: count + 1 }, () => this.#grammar.name('r'));
    const more = (place: number): boolean => place < count || others.length > 0;
    const name = this.#grammar.name('o');
    this.#grammar.rule(name, [...(more(0) ? [`"{" ${keys[0]}`] : []), ...(lastRequired < 0 ? ['"{}"'] : [])]);
    members.forEach((member: Member, place) => {
      const key = literal(`${JSON.stringify(member.key)}:`);
      this.#grammar.rule(keys[place] ?? '', [
        `${key} ${SPACE} ${this.#value(member.value)} ${rests[place + 1]}`,
        ...(!member.required && more(place + 1) ? [`${keys[place + 1]}`] : []),
      ]);
    });
    if (others.length > 0)
      this.#grammar.rule(
        keys[count] ?? '',
        others.map(
          ({ names, value }) =>
            `${this.#automata.string(names)} ${COLON} ${this.#value(value)} ${rests[count]}`,
        ),
      );
    for (let place = 1; place <= count; place += 1) this.#rest(place, more(place), keys, rests, lastRequired);
    if (count === 0 && others.length > 0) this.#rest(0, true, keys, rests, lastRequired);
    return name;
  }

  #rest(
    place: number,
    more: boolean,
    keys: readonly string[],
    rests: readonly string[],
    lastRequired: number,
  ): void {
    this.#grammar.rule(rests[place] ?? '', [
      ...(more ? [`${COMMA} ${keys[place]}`] : []),
      ...(place > lastRequired ? ['"}"'] : []),
    ]);
  }
}
