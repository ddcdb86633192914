import type { BenchCase } from './bench-case.ts';

/** A conversation as both APIs take it. */
export interface Prompt {
  messages: { role: 'system' | 'user'; content: string }[];
}

const WORDS =
  'lamp door stock fault room light open close count report check valve pump north south level meter alarm fan heat cold line belt crate order batch label weight speed gate lock code shift log note map zone dock truck part tool'.split(
    ' ',
  );
/** Of a warm prompt: the rest is the same for all. */
const OWN_WORDS = 12;

/**
 * The prompts of one burst. `burst` is another number each time, so that nothing a cold prompt says was ever said
 * before; the shared beginning of warm ones depends on their length alone.
 */
export function promptsOf(
  { streams, prefix, promptWords }: Pick<BenchCase, 'streams' | 'prefix' | 'promptWords'>,
  burst: number,
): Prompt[] {
  return Array.from({ length: streams }, (_, stream): Prompt => {
    const seed = burst * 1_009 + stream;
    if (prefix === 'cold')
      return { messages: [{ role: 'user', content: `${seed} ${words(seed, promptWords)}` }] };
    return {
      messages: [
        { role: 'system', content: words(0, Math.max(1, promptWords - OWN_WORDS)) },
        { role: 'user', content: `${seed} ${words(seed, OWN_WORDS)}` },
      ],
    };
  });
}

/** The same words for the same seed, by a linear congruential generator. */
function words(seed: number, count: number): string {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return WORDS[(state >>> 16) % WORDS.length] ?? '';
  }).join(' ');
}
