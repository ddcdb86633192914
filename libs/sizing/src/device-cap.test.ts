import { expect, it } from 'vitest';
import { allowedMemory } from './allowed-memory.ts';

const MB = 1_000_000;
const given = { totalBytes: 8_000 * MB, availableBytes: 8_000 * MB };

it('counts the cap of the agent’s own configuration, which the control plane knows from its facts', () => {
  const allowed = allowedMemory({
    intent: { memoryShare: 0.7 },
    memory: { ...given, capBytes: 500 * MB },
    policy: {},
    otherServicesBytes: 100 * MB,
  });
  expect(allowed.bytes).toBe(400 * MB);
  expect(allowed.binding).toMatchObject({
    name: 'cap',
    because: expect.stringContaining('own cap') as string,
  });
});

it('takes the tighter of the device’s and the fleet’s cap', () => {
  const bytes = (capBytes: number, memoryCapBytes: number): number =>
    allowedMemory({
      intent: { memoryShare: 0.7 },
      memory: { ...given, capBytes },
      policy: { memoryCapBytes },
    }).bytes;
  expect([bytes(500 * MB, 300 * MB), bytes(300 * MB, 500 * MB), bytes(300 * MB, 300 * MB)]).toEqual([
    300 * MB,
    300 * MB,
    300 * MB,
  ]);
});
