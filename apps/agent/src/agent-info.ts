import { createRequire } from 'node:module';

import { CAPABILITIES, type AgentInfo } from '@flotilla/contracts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export const AGENT_VERSION = version;

/** What this agent is and can do. `engine` becomes known once the engine was asked. */
export function agentInfo(engine: string | undefined): AgentInfo {
  return {
    version,
    ...(engine === undefined ? {} : { engine: engine.slice(0, 64) }),
    protocols: ['mqtt/1', 'gateway/1'],
    capabilities: [...CAPABILITIES],
  };
}
