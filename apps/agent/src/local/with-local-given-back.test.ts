import type { DeviceFacts } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { withLocalGivenBack } from './with-local-given-back.ts';

const GB = 1e9;
const facts = (availableBytes: number) =>
  ({ memory: { totalBytes: 8 * GB, availableBytes } }) as unknown as DeviceFacts;

it.each([
  ['what local models have loaded', 2 * GB, [{ isLocal: true, admittedBytes: GB }], 3 * GB],
  ['nothing of the fleet’s own', 2 * GB, [{ isLocal: false, admittedBytes: GB }], 2 * GB],
  ['never more than there is', 8 * GB, [{ isLocal: true, admittedBytes: GB }], 8 * GB],
])('counts as free for the fleet: %s', (_, available, deployments, expected) => {
  expect(withLocalGivenBack(facts(available), deployments).memory.availableBytes).toBe(expected);
});
