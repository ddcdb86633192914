import type { Dfa } from '../automaton/dfa.ts';
import { joinRanges, type Range } from '../automaton/ranges.ts';
import { characterClass, written } from './characters.ts';
import type { Grammar } from './grammar.ts';

/**
 * Writes automata as rules: one rule per state, each alternative one character and the next state, so llama.cpp has no
 * repetition to unroll and its stack does not grow along a text.
 */
export class AutomatonRules {
  readonly #grammar: Grammar;
  readonly #classes = new Map<string, string>();
  readonly #strings = new Map<Dfa, string>();
  readonly #plain = new Map<Dfa, string>();
  readonly #byText = new Map<string, string>();

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /** The rule of a JSON string with such contents, quotes included. */
  string(dfa: Dfa): string {
    return this.#once(this.#strings, 's', dfa, () => {
      const start = this.#states('s', dfa, '"\\""', (ranges) => this.#inString(ranges));
      const name = this.#grammar.name('s');
      this.#grammar.rule(name, [`"\\"" ${start}`]);
      return name;
    });
  }

  /** The rule of the texts themselves. */
  plain(dfa: Dfa): string {
    return this.#once(this.#plain, 'n', dfa, () => this.#states('n', dfa, '', characterClass));
  }

  /** Automata are minimal, so equal ones have equal text even where they were built twice. */
  #once(known: Map<Dfa, string>, kind: string, dfa: Dfa, write: () => string): string {
    const text = known.has(dfa) ? '' : `${kind}${JSON.stringify(dfa)}`;
    const name = known.get(dfa) ?? this.#byText.get(text) ?? write();
    known.set(dfa, name);
    if (text !== '') this.#byText.set(text, name);
    return name;
  }

  #states(kind: string, dfa: Dfa, end: string, one: (ranges: readonly Range[]) => string): string {
    const names = dfa.edges.map(() => this.#grammar.name(kind));
    dfa.edges.forEach((edges, state) => {
      const byTarget = Map.groupBy(edges, ({ target }) => target);
      const steps = [...byTarget].map(([target, group]) => {
        const ranges = joinRanges(group.map(({ from, to }): Range => [from, to]));
        return `${one(ranges)} ${names[target]}`;
      });
      this.#grammar.rule(names[state] ?? '', [...steps, ...(dfa.accept[state] ? [end] : [])]);
    });
    return names[0] ?? '';
  }

  /** One character of a class as it is written inside a string: a class, or the name of a rule with its escapes. */
  #inString(ranges: readonly Range[]): string {
    const key = JSON.stringify(ranges);
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    const { plain, short, control } = written(ranges);
    const escapes = short.length > 0 ? [characterClass(short)] : [];
    const rows = control.flatMap((digits, row) =>
      digits.length > 0 ? [`"${row}" ${characterClass(joinRanges(digits))}`] : [],
    );
    if (rows.length > 0) escapes.push(`"u00" ${this.#named('u', rows)}`);
    const all = plain.length > 0 ? [characterClass(plain)] : [];
    if (escapes.length > 0) all.push(`"\\\\" ${this.#named('e', escapes)}`);
    const text = this.#named('c', all);
    this.#classes.set(key, text);
    return text;
  }

  #named(kind: string, alternatives: readonly string[]): string {
    if (alternatives.length === 1 && alternatives[0]) return alternatives[0];
    const name = this.#grammar.name(kind);
    this.#grammar.rule(name, alternatives);
    return name;
  }
}
