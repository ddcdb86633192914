import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStopMatcher } from './stop-matcher.ts';

interface Outcome {
  text: string;
  stopped: boolean;
  stop?: string;
}

function run(pieces: readonly string[], stops: readonly string[]): Outcome {
  const matcher = createStopMatcher(stops);
  let text = '';
  for (const piece of pieces) {
    const step = matcher.push(piece);
    text += step.text;
    if (step.stopped) return { text, stopped: true, stop: step.stop };
  }
  return { text: text + matcher.flush(), stopped: false };
}

/** The same rule said over the whole text: the stop that is complete first; of two that end together, the longer. */
function expected(text: string, stops: readonly string[]): Outcome {
  for (let end = 1; end <= text.length; end += 1) {
    const starts = stops.filter((stop) => text.slice(0, end).endsWith(stop)).map((stop) => end - stop.length);
    const start = Math.min(...starts);
    if (starts.length > 0) return { text: text.slice(0, start), stopped: true, stop: text.slice(start, end) };
  }
  return { text, stopped: false };
}

describe('createStopMatcher', () => {
  it('cuts before a stop string that comes in two pieces', () => {
    expect(run(['one EN', 'D two'], ['END'])).toEqual({ text: 'one ', stopped: true, stop: 'END' });
  });

  it('gives back what looked like a stop string and was none', () => {
    expect(run(['one EN', 'TRY'], ['END'])).toEqual({ text: 'one ENTRY', stopped: false });
  });

  it('shows at once what cannot become a stop string', () => {
    expect(createStopMatcher(['END']).push('one E')).toEqual({ text: 'one ', stopped: false });
  });

  it('lets everything pass without stop strings', () => {
    expect(createStopMatcher([]).push('anything')).toEqual({ text: 'anything', stopped: false });
  });

  it('ends the same way wherever the text is split', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 24 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(letters, stops, (text, given) => {
        const whole = expected(text, given);
        for (let cut = 0; cut <= text.length; cut += 1) {
          expect(run([text.slice(0, cut), text.slice(cut)], given)).toEqual(whole);
        }
        expect(run([...text], given)).toEqual(whole);
      }),
    );
  });
});
