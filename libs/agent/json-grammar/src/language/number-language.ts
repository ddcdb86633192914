import { literals, unite } from '../automaton/combine.ts';
import { EMPTY, isEmpty, type Dfa } from '../automaton/dfa.ts';
import { determinise, type Nfa } from '../automaton/determinise.ts';
import { explore } from '../automaton/explore.ts';
import type { Budget } from '../budget.ts';
import type { Part } from '../schema/part.ts';
import type { TextLanguages } from './text-language.ts';
import { digitsOf, FRACTION_DIGITS, neighbour, scaled, WHOLE_DIGITS } from './decimal.ts';

/** Whole numbers beyond this are not told apart by every reader of JSON (RFC 8259 §6). */
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
/** Up to so many multiples are listed one by one when the automaton of remainders would be too large. */
const LISTED = 2_000n;
const REMAINDERS = 128n;

/** Texts of whole numbers or of all numbers that the parts allow together, each value in one plain form. */
export function numberLanguage(
  parts: readonly Part[],
  whole: boolean,
  languages: TextLanguages,
  budget: Budget,
): Dfa {
  const factors = parts.flatMap(({ number }) => number.multipleOf ?? []);
  const low = bound(parts, 'up');
  const high = bound(parts, 'down');
  const at = parts.find(({ number }) => Object.values(number).some((value) => value !== undefined));
  budget.at(factors.length > 0 ? 'multipleOf' : low > -Infinity ? 'minimum' : 'maximum', at?.path ?? '');
  return whole || factors.length > 0
    ? wholeNumbers(low, high, factors, budget)
    : allNumbers(low, high, languages, budget);
}

/**
 * Whether the rules allow numbers that the language leaves out, such as ones too small or too large to be written here.
 * Another schema's language may hold them, so that nothing is proven by the texts of this one.
 */
export function leavesNumbersOut(parts: readonly Part[], whole: boolean): boolean {
  const low = bound(parts, 'up');
  const high = bound(parts, 'down');
  if (low > high) return false;
  const isWhole = whole || parts.some(({ number }) => number.multipleOf !== undefined);
  return !isWhole || low < -Number(LARGEST) || high > Number(LARGEST);
}

/** The tightest inclusive bound: an exclusive one is the inclusive one of the next double. */
function bound(parts: readonly Part[], side: 'up' | 'down'): number {
  const bounds = parts.flatMap(({ number }) => {
    const inclusive = side === 'up' ? number.minimum : number.maximum;
    const exclusive = side === 'up' ? number.exclusiveMinimum : number.exclusiveMaximum;
    return [inclusive ?? [], exclusive === undefined ? [] : neighbour(exclusive, side)].flat();
  });
  return side === 'up' ? Math.max(-Infinity, ...bounds) : Math.min(Infinity, ...bounds);
}

function wholeNumbers(low: number, high: number, factors: readonly number[], budget: Budget): Dfa {
  const from = low < -Number(LARGEST) ? -LARGEST : low > Number(LARGEST) ? undefined : BigInt(Math.ceil(low));
  const to =
    high > Number(LARGEST) ? LARGEST : high < -Number(LARGEST) ? undefined : BigInt(Math.floor(high));
  if (from === undefined || to === undefined)
    return budget.refuse('whole numbers beyond ±(2^53 − 1) are not exact in JSON');
  if (from > to) return EMPTY;
  const step = factors.map(BigInt).reduce(leastCommonMultiple, 1n);
  const positive = to >= 0n ? magnitudes(from > 0n ? from : 0n, to, step, budget) : EMPTY;
  const negative = from < 0n ? magnitudes(to < 0n ? -to : 1n, -from, step, budget) : EMPTY;
  return unite(positive, behindMinus(negative), budget);
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** Decimal texts of the multiples of `step` from `low` to `high`, neither negative. */
function magnitudes(low: bigint, high: bigint, step: bigint, budget: Budget): Dfa {
  if (step % 10n === 0n) return endingInZero(low, high, step, budget);
  if (step > REMAINDERS) {
    const first = ((low + step - 1n) / step) * step;
    if (first > high) return EMPTY;
    const count = (high - first) / step + 1n;
    if (count > LISTED) budget.refuse(`multiples of ${step} are supported for at most ${LISTED} values`);
    const texts = Array.from({ length: Number(count) }, (_, index) =>
      (first + BigInt(index) * step).toString(),
    );
    return literals(texts, budget);
  }
  const modulus = Number(step);
  const lowDigits = low.toString();
  const highDigits = high.toString();
  return explore<{ digits: number; low: number; high: number; rest: number; zero: boolean }>(
    {
      start: { digits: 0, low: 0, high: 0, rest: 0, zero: false },
      alphabet: '0123456789',
      next: (state, character) => {
        if (state.zero || state.digits >= highDigits.length) return undefined;
        return {
          digits: state.digits + 1,
          low: compared(state.low, character, lowDigits[state.digits]),
          high: compared(state.high, character, highDigits[state.digits]),
          rest: (state.rest * 10 + Number(character)) % modulus,
          zero: state.digits === 0 && character === '0',
        };
      },
      mayEnd: ({ digits, low: atLow, high: atHigh, rest }) =>
        digits > 0 &&
        rest === 0 &&
        (digits > lowDigits.length || (digits === lowDigits.length && atLow >= 0)) &&
        (digits < highDigits.length || atHigh <= 0),
    },
    budget,
  );
}

/** Multiples of ten times something: the multiples of that, and a zero behind each. */
function endingInZero(low: bigint, high: bigint, step: bigint, budget: Budget): Dfa {
  const least = low > 10n ? (low + 9n) / 10n : 1n;
  const tens = least <= high / 10n ? magnitudes(least, high / 10n, step / 10n, budget) : EMPTY;
  const zero = low === 0n ? literals(['0'], budget) : EMPTY;
  if (isEmpty(tens)) return zero;
  const end = tens.edges.length;
  const nfa: Nfa = {
    empty: [...tens.edges, []].map(() => []),
    read: [
      ...tens.edges.map((edges, state) => [
        ...edges.map(({ from, to, target }) => ({ ranges: [[from, to] as const], to: target })),
        ...(tens.accept[state] ? [{ ranges: [[48, 48] as const], to: end }] : []),
      ]),
      [],
    ],
    start: 0,
    end,
  };
  return unite(determinise(nfa, budget), zero, budget);
}

/** How the digits so far compare with the same count of digits of a bound. */
function compared(sofar: number, character: string, digit: string | undefined): number {
  if (sofar !== 0 || digit === undefined) return sofar;
  return Math.sign(Number(character) - Number(digit));
}

function behindMinus(dfa: Dfa): Dfa {
  if (isEmpty(dfa)) return EMPTY;
  return {
    accept: [false, ...dfa.accept],
    edges: [
      [{ from: 45, to: 45, target: 1 }],
      ...dfa.edges.map((edges) => edges.map((edge) => ({ ...edge, target: edge.target + 1 }))),
    ],
  };
}

/** Exponents as JSON.stringify writes them, as far as every such number is finite and not zero. */
const LARGE = '^[1-9](?:\\.\\d{1,16})?e\\+(?:2[1-9]|[3-9]\\d|[12]\\d\\d|30[0-7])$';
const SMALL = '^[1-9](?:\\.\\d{1,16})?e-(?:[7-9]|[1-9]\\d|[12]\\d\\d|30[0-7])$';
const LARGE_BEYOND = 1e21;
const SMALL_BELOW = 1e-6;
const SMALLEST = 1e-307;

function allNumbers(low: number, high: number, languages: TextLanguages, budget: Budget): Dfa {
  if (low > high) return EMPTY;
  if (low >= LARGE_BEYOND || high <= -LARGE_BEYOND)
    return budget.refuse('numbers bounded beyond ±1e21 are not supported');
  const positive = unsigned(low, high, false, languages, budget);
  const negative = unsigned(-high, -low, true, languages, budget);
  return unite(positive, behindMinus(negative), budget);
}

/** Magnitudes between the bounds; behind a minus sign there is no zero. */
function unsigned(
  low: number,
  high: number,
  behindSign: boolean,
  languages: TextLanguages,
  budget: Budget,
): Dfa {
  if (high < 0) return EMPTY;
  const least = behindSign ? 1n : 0n;
  const from = low <= 0 ? least : scaled(low, 'up');
  const most = 10n ** BigInt(WHOLE_DIGITS + FRACTION_DIGITS) - 1n;
  const to = high >= LARGE_BEYOND ? most : scaled(high, 'down');
  let language = from <= to ? decimals(from < least ? least : from, to, budget) : EMPTY;
  if (high === Infinity) language = unite(language, languages.pattern(LARGE), budget);
  if (low <= SMALLEST && high >= SMALL_BELOW) language = unite(language, languages.pattern(SMALL), budget);
  return language;
}

/** Texts of digits, or digits with a point and up to 24 more, from `low` to `high`, both scaled by 10^24. */
function decimals(low: bigint, high: bigint, budget: Budget): Dfa {
  const lowest = digitsOf(low);
  const highest = digitsOf(high);
  const endOfWhole = (sofar: number, digits: number, whole: string): number =>
    digits === whole.length ? sofar : Math.sign(digits - whole.length);
  const openEnd = (sofar: number, fraction: string, digits: number): number =>
    sofar === 0 && /[1-9]/.test(fraction.slice(digits)) ? -1 : sofar;
  interface State {
    readonly part: 'whole' | 'point' | 'fraction';
    readonly digits: number;
    readonly low: number;
    readonly high: number;
    readonly zero: boolean;
  }
  return explore<State>(
    {
      start: { part: 'whole', digits: 0, low: 0, high: 0, zero: false },
      alphabet: '.0123456789',
      next: (state, character) => {
        if (character === '.') {
          if (state.part !== 'whole' || state.digits === 0) return undefined;
          return {
            part: 'point',
            digits: 0,
            low: endOfWhole(state.low, state.digits, lowest.whole),
            high: endOfWhole(state.high, state.digits, highest.whole),
            zero: false,
          };
        }
        const whole = state.part === 'whole';
        if (state.zero || state.digits >= (whole ? highest.whole.length : FRACTION_DIGITS)) return undefined;
        const bounds = whole ? [lowest.whole, highest.whole] : [lowest.fraction, highest.fraction];
        return {
          part: whole ? 'whole' : 'fraction',
          digits: state.digits + 1,
          low: compared(state.low, character, bounds[0]?.[state.digits]),
          high: compared(state.high, character, bounds[1]?.[state.digits]),
          zero: whole && state.digits === 0 && character === '0',
        };
      },
      mayEnd: (state) => {
        if (state.part === 'point' || state.digits === 0) return false;
        const whole = state.part === 'whole';
        const atLow = whole ? endOfWhole(state.low, state.digits, lowest.whole) : state.low;
        const atHigh = whole ? endOfWhole(state.high, state.digits, highest.whole) : state.high;
        const digits = whole ? 0 : state.digits;
        return openEnd(atLow, lowest.fraction, digits) >= 0 && openEnd(atHigh, highest.fraction, digits) <= 0;
      },
    },
    budget,
  );
}
