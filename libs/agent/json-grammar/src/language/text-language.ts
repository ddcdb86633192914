import { intersect } from '../automaton/combine.ts';
import { ANY_TEXT, anyTextOf, isEmpty, type Dfa } from '../automaton/dfa.ts';
import type { Budget } from '../budget.ts';
import { patternLanguage } from '../pattern/pattern-language.ts';
import type { Part } from '../schema/part.ts';
import { formatPatterns } from './formats.ts';

/** The texts that string rules allow, and the languages they are built from, each built once. */
export class TextLanguages {
  readonly #patterns = new Map<string, Dfa>();
  readonly #budget: Budget;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  pattern(source: string): Dfa {
    const known = this.#patterns.get(source);
    if (known) return known;
    const language = patternLanguage(source, this.#budget);
    this.#patterns.set(source, language);
    return language;
  }

  /** What all the parts allow together. Among the valid forms of a format the plain one is taken where the rest leaves any. */
  of(parts: readonly Part[]): Dfa {
    const min = Math.max(0, ...parts.map((part) => part.text.minLength));
    const max = Math.min(Infinity, ...parts.map((part) => part.text.maxLength));
    if (min > max) return { accept: [false], edges: [[]] };
    const valid: string[] = [];
    const plain: string[] = [];
    let language = ANY_TEXT;
    for (const { path, text } of parts) {
      if (text.pattern !== undefined) {
        this.#budget.at('pattern', path);
        language = intersect(language, this.pattern(text.pattern), this.#budget);
      }
      if (text.format !== undefined) {
        this.#budget.at('format', path);
        const format = formatPatterns(text.format);
        valid.push(format.valid);
        if (format.plain !== undefined) plain.push(format.plain);
      }
    }
    for (const source of valid) language = intersect(language, this.pattern(source), this.#budget);
    if (min > 0 || max < Infinity) {
      const bounded = parts.find((part) => part.text.minLength > 0 || part.text.maxLength < Infinity);
      this.#budget.at(max < Infinity ? 'maxLength' : 'minLength', bounded?.path ?? '');
      this.#budget.states(Math.max(min, max === Infinity ? 0 : max));
      language = intersect(language, anyTextOf(min, max), this.#budget);
    }
    for (const source of plain) {
      const plainer = intersect(language, this.pattern(source), this.#budget);
      if (!isEmpty(plainer)) language = plainer;
    }
    return language;
  }
}
