import type { Candidate } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { afterLadder } from './after-ladder.ts';
import type { StoredBlob } from './state.ts';
import {
  desire,
  digest,
  failed,
  placement,
  record,
  release,
  releaseDigest,
  serving,
} from './testing/fixtures.ts';

const [like] = release('assistant', 2).candidates;
const candidates = Object.entries({ large: 300, middle: 200, small: 100 }).map(
  ([variant, bytes]) => ({ ...like, variant, digest: digest(variant), bytes }) as Candidate,
);

/** assistant@2 is desired and runs on one of three variants; `small partly` is on its way to the disk. */
function after({
  runs,
  here,
  failedVariants = [],
  isDesired = true,
}: {
  runs: 'large' | 'small';
  here: readonly string[];
  failedVariants?: readonly string[];
  isDesired?: boolean;
}): string {
  const bytes = runs === 'large' ? 300 : 100;
  const running = record('assistant', 2, {
    placement: placement('assistant', 2, { digest: digest(runs), variant: runs, bytes }),
  });
  const problem = { code: 'engine-crash-loop', detail: 'It ended.' };
  return afterLadder({
    record: running,
    desired: desire(['assistant', isDesired ? 2 : 3]),
    world: {
      ...serving(['assistant', 1]),
      releases: new Map([[releaseDigest('assistant', 2), release('assistant', 2, { candidates })]]),
      blobs: new Map(
        here.map((name) => {
          const [variant = '', partly] = name.split(' ');
          const state: StoredBlob['state'] = partly === undefined ? 'verified' : 'partial';
          return [digest(variant), { state, doneBytes: 1 }];
        }),
      ),
      rollback: {
        v: 1,
        services: [],
        failed: isDesired ? [] : [failed('assistant', 3)],
        failedVariants: failedVariants.map((variant) => ({
          service: 'assistant',
          release: releaseDigest('assistant', 2),
          digest: digest(variant),
          variant,
          bytes: 100,
          problem,
          at: 0,
        })),
      },
    },
  });
}

it.each([
  ['a smaller one is here', { runs: 'large', here: ['large', 'small'] }, 'smaller-variant'],
  ['it failed here too', { runs: 'large', here: ['small'], failedVariants: ['small'] }, 'last-good-release'],
  ['it would have to be fetched', { runs: 'large', here: ['large', 'small partly'] }, 'last-good-release'],
  ['only larger ones are here', { runs: 'small', here: ['large', 'middle', 'small'] }, 'last-good-release'],
  [
    'the release is what another failed one fell back to',
    { runs: 'large', here: ['large', 'small'], isDesired: false },
    'last-good-release',
  ],
] as const)('where %s', (_, given, expected) => {
  expect(after(given)).toBe(expected);
});
