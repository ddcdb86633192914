/** A place in a sequence: `size` characters or classes, or another rule. An empty literal is no symbol at all. */
export type GbnfSymbol = { kind: 'chars'; size: number } | { kind: 'rule'; name: string } | RepeatedSymbol;

export interface RepeatedSymbol {
  kind: 'repeat';
  symbol: GbnfSymbol;
  min: number;
  /** Infinity: no bound. */
  max: number;
}

export type GbnfRule = readonly (readonly GbnfSymbol[])[];

export type GbnfReading = { ok: true; rules: ReadonlyMap<string, GbnfRule> } | { ok: false; reason: string };

/** llama.cpp parses groups by recursion on the native stack, and drops a bound above this one. */
const MOST_GROUP_LEVELS = 100;
const MOST_REPETITIONS = 2_000;

class GbnfError extends SyntaxError {}

/**
 * The structure of a grammar, read as llama.cpp's own parser reads it.
 *
 * It may take more than that parser does, never other: what follows from it is checked before llama.cpp sees the text.
 */
export function readGbnf(text: string): GbnfReading {
  try {
    return { ok: true, rules: new GbnfReader(text).rules() };
  } catch (error) {
    if (error instanceof GbnfError) return { ok: false, reason: error.message };
    throw error;
  }
}

class GbnfReader {
  readonly #text: string;
  readonly #rules = new Map<string, GbnfRule>();
  #at = 0;
  #groups = 0;

  constructor(text: string) {
    this.#text = text;
  }

  rules(): ReadonlyMap<string, GbnfRule> {
    this.#space(true);
    while (this.#at < this.#text.length) this.#rule();
    return this.#rules;
  }

  #rule(): void {
    const name = this.#match(/[a-zA-Z0-9-]+/y) ?? this.#fail('a rule name');
    this.#space(false);
    if (this.#match(/::=/y) === undefined) this.#fail('`::=`');
    this.#space(true);
    this.#rules.set(name, this.#alternatives(name, 0));
    if (this.#at < this.#text.length && this.#match(/\r\n?|\n/y) === undefined)
      this.#fail('the end of the line');
    this.#space(true);
  }

  #alternatives(rule: string, level: number): GbnfRule {
    const alternatives = [this.#sequence(rule, level)];
    while (this.#match(/\|/y) !== undefined) {
      this.#space(true);
      alternatives.push(this.#sequence(rule, level));
    }
    return alternatives;
  }

  #sequence(rule: string, level: number): GbnfSymbol[] {
    const symbols: GbnfSymbol[] = [];
    for (;;) {
      const symbol = this.#symbol(rule, level);
      if (symbol === undefined) return symbols;
      this.#space(level > 0);
      symbols.push(this.#repeated(symbol, level));
    }
  }

  #symbol(rule: string, level: number): GbnfSymbol | undefined {
    const name = this.#match(/[a-zA-Z0-9-]+/y);
    if (name !== undefined) return { kind: 'rule', name };
    switch (this.#text[this.#at]) {
      case '"':
        return { kind: 'chars', size: this.#characters('"') };
      case '[':
        if (this.#text[this.#at + 1] === '^') this.#at += 1;
        return { kind: 'chars', size: this.#characters(']') };
      case '.':
        this.#at += 1;
        return { kind: 'chars', size: 1 };
      case '(':
        return this.#group(rule, level + 1);
      case '<':
      case '!':
        throw new GbnfError('it names a token by its id or text, which could be a control token');
      default:
        return undefined;
    }
  }

  #group(rule: string, level: number): GbnfSymbol {
    if (level > MOST_GROUP_LEVELS) throw new GbnfError(`groups nest deeper than ${MOST_GROUP_LEVELS} levels`);
    this.#at += 1;
    this.#space(true);
    this.#groups += 1;
    const name = `${rule}_${this.#groups}`;
    this.#rules.set(name, this.#alternatives(rule, level));
    if (this.#match(/\)/y) === undefined) this.#fail('`)`');
    return { kind: 'rule', name };
  }

  /** All repetitions that follow one symbol: `a{2}*` repeats what `a{2}` stands for. */
  #repeated(first: GbnfSymbol, level: number): GbnfSymbol {
    let symbol = first;
    for (;;) {
      const mark = this.#match(/[*+?]|\{/y);
      if (mark === undefined) return symbol;
      this.#space(level > 0);
      const bounds =
        mark === '{' ? this.#bounds(level) : { min: mark === '+' ? 1 : 0, max: mark === '?' ? 1 : Infinity };
      symbol = { kind: 'repeat', symbol, ...bounds };
      this.#space(level > 0);
    }
  }

  #bounds(level: number): { min: number; max: number } {
    const min = Number(this.#match(/[0-9]+/y) ?? this.#fail('a number'));
    this.#space(level > 0);
    let max = min;
    if (this.#match(/,/y) !== undefined) {
      this.#space(level > 0);
      max = Number(this.#match(/[0-9]+/y) ?? Infinity);
      this.#space(level > 0);
    }
    if (this.#match(/\}/y) === undefined) this.#fail('`}`');
    // llama.cpp counts up from the lower to the upper bound, without looking which is which.
    if (max < min) throw new GbnfError(`a repetition goes from ${min} to ${max}`);
    if (min > MOST_REPETITIONS) throw new GbnfError(`a repetition is over ${MOST_REPETITIONS}`);
    return { min, max: max > MOST_REPETITIONS ? Infinity : max };
  }

  /** Characters up to an end that is not escaped; leaves the place after it. */
  #characters(end: '"' | ']'): number {
    this.#at += 1;
    const plain = end === '"' ? /[^"\\]+/y : /[^\]\\]+/y;
    let size = 0;
    while (this.#text[this.#at] !== end) {
      const read =
        this.#match(plain) ??
        this.#match(/\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[trn\\"[\]-])/y);
      if (read === undefined) this.#fail(this.#at < this.#text.length ? 'a known escape' : `\`${end}\``);
      size += read.startsWith('\\') ? 1 : read.length;
    }
    this.#at += 1;
    return size;
  }

  #space(newlines: boolean): void {
    this.#match(newlines ? /(?:[ \t\r\n]+|#[^\r\n]*)+/y : /(?:[ \t]+|#[^\r\n]*)+/y);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fail(expected: string): never {
    const line = this.#text.slice(0, this.#at).split('\n').length;
    throw new GbnfError(`line ${line}: ${expected} is expected`);
  }
}
