import { MOST_GRAMMAR_BYTES } from '@flotilla/agent-openai';
import { readGbnf, type GbnfRule, type GbnfSymbol } from './read-gbnf.ts';

/** Elements llama.cpp would hold; each takes 8 bytes. */
const MOST_ELEMENTS = 1_000_000;
/** Ways in which one place of a text can go on; llama.cpp compares each with every other. */
const MOST_WAYS = 2_000;
/** Rules that begin with one another; llama.cpp follows them by recursion on the native stack. */
const MOST_LEADING_RULES = 5_000;
/** Steps of llama.cpp's search for left recursion, which visits shared rules again. */
const MOST_STEPS = 1_000_000;

export type GrammarCheck = { ok: true } | { ok: false; reason: string };

/**
 * Whether a grammar may be given to llama.cpp.
 *
 * llama.cpp has no bounds of its own: a repetition with its bounds the wrong way round, an undetected left
 * recursion or a few rules that double each other take all memory, deep nesting overflows the native stack,
 * and neither can be caught. All of it is decided here, from the structure alone.
 */
export function checkGrammar(text: string): GrammarCheck {
  if (Buffer.byteLength(text) > MOST_GRAMMAR_BYTES)
    return refused(`it has more than ${MOST_GRAMMAR_BYTES} bytes`);
  if (!text.isWellFormed() || text.includes('\0')) return refused('it is not well-formed text');
  const reading = readGbnf(text);
  if (!reading.ok) return refused(reading.reason);
  const { rules } = reading;
  if (!rules.has('root')) return refused('it has no rule `root`');
  const missing = undefinedRule(rules);
  if (missing !== undefined) return refused(`the rule \`${shown(missing)}\` is not defined`);
  const elements = countElements(rules);
  if (elements > MOST_ELEMENTS) return refused(`written out it has more than ${MOST_ELEMENTS} elements`);
  return checkExpansion(rules);
}

function refused(reason: string): GrammarCheck {
  return { ok: false, reason };
}

function countElements(rules: ReadonlyMap<string, GbnfRule>): number {
  const sizeOf = (symbol: GbnfSymbol): number => {
    switch (symbol.kind) {
      case 'chars':
        return symbol.size;
      case 'rule':
        return 1;
      case 'repeat': {
        // The copies, and one rule of its own for each that may be left out.
        const optional = symbol.max === Infinity ? 1 : symbol.max - symbol.min;
        return (sizeOf(symbol.symbol) + 3) * (symbol.min + optional);
      }
    }
  };
  let total = 0;
  for (const rule of rules.values())
    for (const sequence of rule) for (const symbol of sequence) total += sizeOf(symbol) + 1;
  return total;
}

/** The first rule that is named and nowhere defined. */
function undefinedRule(rules: ReadonlyMap<string, GbnfRule>): string | undefined {
  const named = (symbol: GbnfSymbol): string | undefined => {
    switch (symbol.kind) {
      case 'chars':
        return undefined;
      case 'rule':
        return symbol.name;
      case 'repeat':
        return named(symbol.symbol);
    }
  };
  for (const rule of rules.values())
    for (const sequence of rule)
      for (const symbol of sequence) {
        const name = named(symbol);
        if (name !== undefined && !rules.has(name)) return name;
      }
  return undefined;
}

/** How a rule begins. */
interface Expansion {
  /** Ways to a first character. */
  ways: number;
  /** Ways to nothing at all. */
  empty: number;
  /** Visits of rules until all of that is found out. */
  steps: number;
  /** Longest chain of rules that begin with one another. */
  depth: number;
}

class Refusal extends RangeError {}

function checkExpansion(rules: ReadonlyMap<string, GbnfRule>): GrammarCheck {
  const known = new Map<string, Expansion>();
  try {
    let steps = 0;
    for (const name of rules.keys()) {
      steps += expand(name, rules, known).steps;
      if (steps > MOST_STEPS) return refused('too many rules begin with one another');
    }
    return { ok: true };
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    throw error;
  }
}

/** Works through the rules that this one begins with, deepest first, without recursion: there may be thousands. */
function expand(
  name: string,
  rules: ReadonlyMap<string, GbnfRule>,
  known: Map<string, Expansion>,
): Expansion {
  const open: string[] = [name];
  const isOpen = new Set<string>();
  for (;;) {
    const last = open.at(-1);
    const ready = known.get(name);
    if (last === undefined && ready !== undefined) return ready;
    if (last === undefined || known.has(last)) {
      open.pop();
      continue;
    }
    const missing = new Set<string>();
    const expansion = ofRule(rules.get(last) ?? [], known, missing);
    if (missing.size === 0) {
      isOpen.delete(last);
      refuseOverBounds(expansion);
      known.set(last, expansion);
      open.pop();
      continue;
    }
    isOpen.add(last);
    for (const rule of missing) {
      if (isOpen.has(rule)) throw new Refusal(`the rule \`${shown(rule)}\` begins with itself`);
      open.push(rule);
    }
  }
}

function refuseOverBounds({ ways, empty, depth }: Expansion): void {
  if (ways + empty > MOST_WAYS) throw new Refusal(`one place can go on in more than ${MOST_WAYS} ways`);
  if (depth > MOST_LEADING_RULES)
    throw new Refusal(`more than ${MOST_LEADING_RULES} rules begin with one another`);
}

/** Puts the rules that must be known first into `missing`; the answer is complete once there are none. */
function ofRule(rule: GbnfRule, known: ReadonlyMap<string, Expansion>, missing: Set<string>): Expansion {
  const total: Expansion = { ways: 0, empty: 0, steps: 1, depth: 1 };
  for (const sequence of rule) {
    let empty = 1;
    for (const symbol of sequence) {
      const part = ofSymbol(symbol, known, missing);
      if (part === undefined) break;
      total.ways += empty * part.ways;
      total.steps += part.steps;
      total.depth = Math.max(total.depth, part.depth + 1);
      empty *= part.empty;
      if (empty === 0) break;
    }
    total.empty += empty;
  }
  return total;
}

function ofSymbol(
  symbol: GbnfSymbol,
  known: ReadonlyMap<string, Expansion>,
  missing: Set<string>,
): Expansion | undefined {
  switch (symbol.kind) {
    case 'chars':
      return { ways: symbol.size === 0 ? 0 : 1, empty: symbol.size === 0 ? 1 : 0, steps: 1, depth: 0 };
    case 'rule': {
      const ready = known.get(symbol.name);
      if (ready === undefined) missing.add(symbol.name);
      return ready;
    }
    case 'repeat': {
      const once = ofSymbol(symbol.symbol, known, missing);
      if (once === undefined) return undefined;
      if (once.empty > 0 && symbol.max > 1) throw new Refusal('what may be empty is repeated');
      return {
        ways: once.ways,
        empty: symbol.min === 0 ? once.empty + 1 : once.empty,
        steps: once.steps + 1,
        depth: once.depth + 1,
      };
    }
  }
}

/** The name that a person wrote: of a group, that of the rule it stands in. */
function shown(name: string): string {
  return (name.split('_')[0] ?? name).slice(0, 60);
}
