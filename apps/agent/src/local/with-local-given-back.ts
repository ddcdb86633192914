import type { DeploymentState } from '@flotilla/agent-serving';
import type { DeviceFacts } from '@flotilla/contracts';

/** The box as the fleet's services are sized on it: what local models have in memory is theirs when they need it. */
export function withLocalGivenBack(
  facts: DeviceFacts,
  deployments: readonly Pick<DeploymentState, 'isLocal' | 'admittedBytes'>[],
): DeviceFacts {
  const localBytes = deployments
    .filter(({ isLocal }) => isLocal)
    .reduce((sum, { admittedBytes }) => sum + admittedBytes, 0);
  const { totalBytes, availableBytes } = facts.memory;
  return {
    ...facts,
    memory: { ...facts.memory, availableBytes: Math.min(totalBytes, availableBytes + localBytes) },
  };
}
