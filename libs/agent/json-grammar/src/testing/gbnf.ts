/**
 * A small interpreter of GBNF, written from llama.cpp's description of the format and apart from the compiler.
 * It knows what the compiler may write (literals, classes, rule names, alternatives) and refuses everything else.
 */
type Symbol = { readonly ranges: readonly (readonly [number, number])[] } | { readonly rule: string };
type Sequence = readonly Symbol[];

/** A stack of what is still to be read, shared between the ways to read a text. */
interface Rest {
  readonly sequence: Sequence;
  readonly at: number;
  readonly below: Rest | undefined;
  readonly id: number;
}

export class Gbnf {
  readonly #rules = new Map<string, readonly Sequence[]>();
  readonly #shortest = new Map<string, number>();
  readonly #interned = new Map<Sequence, Map<string, Rest>>();
  #ids = 0;

  constructor(text: string) {
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const match = /^([A-Za-z0-9-]+) ::= (.*)$/u.exec(line);
      if (!match) throw new Error(`not a rule: ${line}`);
      if (this.#rules.has(match[1] ?? '')) throw new Error(`defined twice: ${match[1]}`);
      this.#rules.set(match[1] ?? '', parseAlternatives(match[2] ?? ''));
    }
    for (const alternatives of this.#rules.values())
      for (const sequence of alternatives)
        for (const symbol of sequence)
          if ('rule' in symbol && !this.#rules.has(symbol.rule))
            throw new Error(`no such rule: ${symbol.rule}`);
    if (!this.#rules.has('root')) throw new Error('no root');
    this.#measure();
  }

  get size(): number {
    return this.#rules.size;
  }

  accepts(text: string): boolean {
    let stacks = this.#expand([this.#push('root')]);
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0;
      const next: (Rest | undefined)[] = [];
      for (const stack of stacks) {
        const symbol = stack?.sequence[stack.at];
        if (!stack || !symbol || !('ranges' in symbol)) continue;
        if (symbol.ranges.some(([from, to]) => from <= code && code <= to))
          next.push(this.#rest(stack.sequence, stack.at + 1, stack.below));
      }
      stacks = this.#expand(next);
      if (stacks.length === 0) return false;
    }
    return stacks.includes(undefined);
  }

  /** A random text. After about `length` characters the shortest way to the end is taken. */
  sample(random: () => number, length: number): string {
    const codes: number[] = [];
    let stack: Rest | undefined = this.#push('root');
    for (let steps = 0; stack; steps += 1) {
      const symbol: Symbol | undefined = stack.sequence[stack.at];
      if (!symbol) {
        stack = stack.below;
        continue;
      }
      stack = this.#rest(stack.sequence, stack.at + 1, stack.below);
      if ('ranges' in symbol) {
        const [from, to] = pick(symbol.ranges, random);
        // Small code points are where quotes, escapes and digits are.
        const span = random() < 0.5 ? Math.min(to - from, 20) : to - from;
        codes.push(from + Math.floor(random() * (span + 1)));
        continue;
      }
      const alternatives = this.#rules.get(symbol.rule) ?? [];
      const costs = alternatives.map((sequence) => this.#cost(sequence));
      const least = Math.min(...costs);
      const hurry = codes.length > length || steps > length * 20;
      const open = alternatives.filter((_, index) => (costs[index] ?? Infinity) <= (hurry ? least : 1e9));
      stack = this.#rest(pick(open, random), 0, stack);
    }
    return String.fromCodePoint(...codes);
  }

  #push(rule: string): Rest {
    return this.#rest([{ rule }], 0, undefined);
  }

  #rest(sequence: Sequence, at: number, below: Rest | undefined): Rest {
    const known = this.#interned.get(sequence) ?? new Map<string, Rest>();
    this.#interned.set(sequence, known);
    const key = `${at} ${below?.id ?? -1}`;
    const rest = known.get(key) ?? { sequence, at, below, id: (this.#ids += 1) };
    known.set(key, rest);
    return rest;
  }

  /** Follows rule names until every stack is empty or begins with a character. */
  #expand(stacks: readonly (Rest | undefined)[]): (Rest | undefined)[] {
    const seen = new Set<Rest | undefined>(stacks);
    const ready = new Set<Rest | undefined>();
    for (const stack of seen) {
      if (!stack) {
        ready.add(undefined);
        continue;
      }
      const symbol = stack.sequence[stack.at];
      if (!symbol) seen.add(stack.below);
      else if ('ranges' in symbol) ready.add(stack);
      else {
        const after =
          stack.at + 1 < stack.sequence.length
            ? this.#rest(stack.sequence, stack.at + 1, stack.below)
            : stack.below;
        for (const sequence of this.#rules.get(symbol.rule) ?? []) seen.add(this.#rest(sequence, 0, after));
      }
    }
    return [...ready];
  }

  /** UTF-8 bytes of the longest text; Infinity where there is none. */
  longestBytes(): number {
    const known = new Map<string, number>();
    const open = new Set<string>();
    const ofRule = (name: string): number => {
      const found = known.get(name);
      if (found !== undefined) return found;
      if (open.has(name)) return Infinity;
      open.add(name);
      const longest = Math.max(...(this.#rules.get(name) ?? []).map(ofSequence));
      open.delete(name);
      known.set(name, longest);
      return longest;
    };
    const ofSequence = (sequence: Sequence): number =>
      sequence.reduce(
        (sum, symbol) => sum + ('rule' in symbol ? ofRule(symbol.rule) : bytesOf(symbol.ranges)),
        0,
      );
    return ofRule('root');
  }

  #cost(sequence: Sequence): number {
    return sequence.reduce(
      (sum, symbol) => sum + 1 + ('rule' in symbol ? (this.#shortest.get(symbol.rule) ?? Infinity) : 0),
      0,
    );
  }

  /** The shortest text of each rule; a rule without any is an error of the compiler. */
  #measure(): void {
    for (let changed = true; changed;) {
      changed = false;
      for (const [name, alternatives] of [...this.#rules].reverse()) {
        const least = Math.min(...alternatives.map((sequence) => this.#cost(sequence)));
        if (least >= (this.#shortest.get(name) ?? Infinity)) continue;
        this.#shortest.set(name, least);
        changed = true;
      }
    }
    for (const name of this.#rules.keys())
      if (!this.#shortest.has(name)) throw new Error(`the rule ${name} has no text`);
  }
}

/** Of the longest character of a class. */
function bytesOf(ranges: readonly (readonly [number, number])[]): number {
  const last = Math.max(...ranges.map(([, to]) => to));
  return last < 0x80 ? 1 : last < 0x800 ? 2 : last < 0x1_00_00 ? 3 : 4;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

function parseAlternatives(text: string): Sequence[] {
  const alternatives: Symbol[][] = [[]];
  let rest = text;
  while (rest !== '') {
    const token = /^(?: +|\||"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[A-Za-z0-9-]+)/su.exec(rest)?.[0];
    if (token === undefined) throw new Error(`not GBNF of the compiler: ${rest}`);
    rest = rest.slice(token.length);
    if (token === '|') alternatives.push([]);
    else if (token.startsWith('"'))
      alternatives
        .at(-1)
        ?.push(...codesOf(token.slice(1, -1)).map(({ code }) => ({ ranges: [[code, code] as const] })));
    else if (token.startsWith('[')) alternatives.at(-1)?.push({ ranges: rangesOf(token.slice(1, -1)) });
    else if (token.trim() !== '') alternatives.at(-1)?.push({ rule: token });
  }
  return alternatives;
}

function codesOf(body: string): { code: number; plain: boolean }[] {
  const matches = body.matchAll(/\\x(..)|\\u(....)|\\U(.{8})|\\(.)|(.)/gsu);
  return [...matches].map(([, x, u, big, escaped, plain]) => {
    const hex = x ?? u ?? big;
    if (hex !== undefined) return { code: Number.parseInt(hex, 16), plain: false };
    if (escaped !== undefined && !'tnr"\\[]-'.includes(escaped)) throw new Error(`unknown escape ${escaped}`);
    const letter = { t: '\t', n: '\n', r: '\r' }[escaped ?? ''] ?? escaped ?? plain ?? '';
    return { code: letter.codePointAt(0) ?? 0, plain: plain !== undefined };
  });
}

function rangesOf(body: string): (readonly [number, number])[] {
  const codes = codesOf(body);
  if (codes[0]?.plain && codes[0].code === 0x5e) throw new Error('the compiler writes no negated class');
  const ranges: (readonly [number, number])[] = [];
  for (let index = 0; index < codes.length; index += 1) {
    const from = codes[index]?.code ?? 0;
    const dash = codes[index + 1];
    const to = codes[index + 2];
    if (dash?.plain && dash.code === 0x2d && to) {
      ranges.push([from, to.code]);
      index += 2;
    } else ranges.push([from, from]);
  }
  return ranges;
}
