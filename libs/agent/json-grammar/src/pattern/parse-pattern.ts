import { invertRanges, joinRanges, type Range } from '../automaton/ranges.ts';
import type { Budget } from '../budget.ts';
import { DOT, namedClass, propertyClass } from './characters.ts';

/** A pattern as a tree. Capturing and laziness are gone: they do not change which texts match. */
export type PatternNode =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'either'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'look'; readonly negative: boolean; readonly item: PatternNode };

export type ParsedPattern =
  | { readonly ok: true; readonly node: PatternNode }
  | { readonly ok: false; readonly reason: string };

/** Deepest nesting of groups. What reads and builds a pattern calls itself once or more for each. */
const MOST_GROUPS = 200;

/** Reads an ECMAScript pattern as under the `u` flag, which is how JSON Schema's `pattern` is read. */
export function parsePattern(source: string, budget: Budget): ParsedPattern {
  try {
    new RegExp(source, 'u');
  } catch {
    return { ok: false, reason: 'it is not an ECMAScript pattern (flag u)' };
  }
  const parser = new PatternParser(source, budget);
  const node = parser.either();
  return parser.unsupported === undefined ? { ok: true, node } : { ok: false, reason: parser.unsupported };
}

const LETTER_ESCAPES: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11 };
const ONE = (code: number): Range[] => [[code, code]];

/** The source is known to be well formed, so this parser only tells the constructs apart. */
class PatternParser {
  readonly #source: readonly string[];
  readonly #budget: Budget;
  #at = 0;
  #groups = 0;
  unsupported: string | undefined;

  constructor(source: string, budget: Budget) {
    this.#source = [...source];
    this.#budget = budget;
  }

  either(): PatternNode {
    const options = [this.#sequence()];
    while (this.#eat('|')) options.push(this.#sequence());
    return options.length === 1 && options[0] ? options[0] : { kind: 'either', options };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.#at < this.#source.length && !this.#sees('|') && !this.#sees(')'))
      items.push(this.#quantified());
    return { kind: 'sequence', items };
  }

  #quantified(): PatternNode {
    const item = this.#atom();
    const bounds = this.#quantifier();
    if (!bounds) return item;
    this.#eat('?');
    return { kind: 'repeat', item, min: bounds[0], max: bounds[1] };
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#eat('*')) return [0, Infinity];
    if (this.#eat('+')) return [1, Infinity];
    if (this.#eat('?')) return [0, 1];
    if (!this.#eat('{')) return undefined;
    const [min = '', max] = this.#until('}').split(',');
    if (max === undefined) return [Number(min), Number(min)];
    return [Number(min), max === '' ? Infinity : Number(max)];
  }

  #atom(): PatternNode {
    const character = this.#take();
    if (character === '^') return { kind: 'start' };
    if (character === '$') return { kind: 'end' };
    if (character === '.') return { kind: 'set', ranges: DOT };
    if (character === '(') return this.#group();
    if (character === '[') return { kind: 'set', ranges: this.#class() };
    if (character === '\\') return { kind: 'set', ranges: this.#escape(false) };
    return { kind: 'set', ranges: joinRanges(ONE(character.codePointAt(0) ?? 0)) };
  }

  #group(): PatternNode {
    let look: 'ahead' | 'not-ahead' | undefined;
    if (this.#eat('?')) {
      if (this.#eat('=')) look = 'ahead';
      else if (this.#eat('!')) look = 'not-ahead';
      else if (this.#eat('<')) {
        if (this.#sees('=') || this.#sees('!')) this.#refuse('lookbehind is not supported');
        this.#until('>', ')');
      } else if (!this.#eat(':')) {
        this.#refuse('flags inside a pattern are not supported');
        this.#until(':');
      }
    }
    this.#groups += 1;
    if (this.#groups > MOST_GROUPS) {
      this.#refuse(`its groups nest deeper than ${MOST_GROUPS} levels`);
      this.#at = this.#source.length;
    }
    const item = this.either();
    this.#groups -= 1;
    this.#eat(')');
    return look ? { kind: 'look', negative: look === 'not-ahead', item } : item;
  }

  #class(): Range[] {
    const negative = this.#eat('^');
    const ranges: Range[] = [];
    while (this.#at < this.#source.length && !this.#eat(']')) {
      const low = this.#classAtom();
      if (this.#sees('-') && this.#source[this.#at + 1] !== ']') {
        this.#take();
        const high = this.#classAtom();
        ranges.push([low[0]?.[0] ?? 0, high[0]?.[0] ?? 0]);
      } else ranges.push(...low);
    }
    return negative ? invertRanges(ranges) : joinRanges(ranges);
  }

  #classAtom(): readonly Range[] {
    const character = this.#take();
    return character === '\\' ? this.#escape(true) : ONE(character.codePointAt(0) ?? 0);
  }

  #escape(inClass: boolean): readonly Range[] {
    const letter = this.#take();
    const named = namedClass(letter);
    if (named) return named;
    if (letter === 'p' || letter === 'P')
      return propertyClass(`\\${letter}${this.#take()}${this.#until('}')}}`, this.#budget);
    if (letter === 'b' && inClass) return ONE(8);
    if (letter === 'b' || letter === 'B') return this.#refuse('word boundaries are not supported');
    if (letter === 'k' || /[1-9]/.test(letter)) return this.#refuse('back references are not supported');
    if (letter === 'c') return ONE((this.#take().codePointAt(0) ?? 0) % 32);
    if (letter === 'x') return ONE(Number.parseInt(this.#take() + this.#take(), 16));
    if (letter === 'u') return ONE(this.#unicodeEscape());
    if (letter === '0') return ONE(0);
    return ONE(LETTER_ESCAPES[letter] ?? letter.codePointAt(0) ?? 0);
  }

  #unicodeEscape(): number {
    if (this.#eat('{')) return Number.parseInt(this.#until('}'), 16);
    const lead = this.#hex4();
    const isPair = lead >= 0xd800 && lead < 0xdc00 && this.#sees('\\') && this.#source[this.#at + 1] === 'u';
    if (!isPair) return lead;
    const back = this.#at;
    this.#at += 2;
    const trail = this.#sees('{') ? 0 : this.#hex4();
    if (trail >= 0xdc00 && trail < 0xe000) return 0x10000 + (lead - 0xd800) * 0x400 + trail - 0xdc00;
    this.#at = back;
    return lead;
  }

  #hex4(): number {
    return Number.parseInt([1, 2, 3, 4].map(() => this.#take()).join(''), 16);
  }

  #refuse(reason: string): Range[] {
    this.unsupported ??= reason;
    return [];
  }

  #sees(character: string): boolean {
    return this.#source[this.#at] === character;
  }

  #eat(character: string): boolean {
    if (!this.#sees(character)) return false;
    this.#at += 1;
    return true;
  }

  #take(): string {
    const character = this.#source[this.#at] ?? '';
    this.#at += 1;
    return character;
  }

  /** Everything before one of the ends, which is passed over. */
  #until(...ends: string[]): string {
    let text = '';
    while (this.#at < this.#source.length) {
      const character = this.#take();
      if (ends.includes(character)) break;
      text += character;
    }
    return text;
  }
}
