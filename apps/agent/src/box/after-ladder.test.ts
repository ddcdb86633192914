import type { Placement } from '@flotilla/agent-reconcile';
import type { Candidate } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { afterLadder } from './after-ladder.ts';

const candidate = (digest: string, bytes: number) => ({ digest, bytes }) as Candidate;
const candidates = [candidate('large', 300), candidate('middle', 200), candidate('small', 100)];
const running = (digest: string, bytes: number) => ({ placement: { digest, bytes } as Placement });

it.each([
  ['a smaller one is here', 'large', 300, ['large', 'small'], [], 'smaller-variant'],
  ['it failed here too', 'large', 300, ['large', 'small'], ['small'], 'last-good-release'],
  ['it would have to be fetched', 'large', 300, ['large'], [], 'last-good-release'],
  ['only larger ones are here', 'small', 100, ['large', 'middle', 'small'], [], 'last-good-release'],
] as const)('where %s', (_, digest, bytes, onDisk, failed, expected) => {
  expect(
    afterLadder({
      release: { candidates },
      record: running(digest, bytes),
      onDisk: new Set(onDisk),
      failed: new Set(failed),
    }),
  ).toBe(expected);
});
