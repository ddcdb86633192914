import { createHealthSampler, createProbes, detectHardware } from '@flotilla/agent-hardware';
import { inspectEngine } from '@flotilla/agent-models';
import type { Clock, TypedEvents } from '@flotilla/kernel';
import { agentInfo, AGENT_VERSION } from '../agent-info.ts';
import { FactsSource } from '../box/facts-source.ts';
import type { DataPaths } from '../state/data-paths.ts';
import type { BoxEvents } from './box-events.ts';

/** The machine, and what this agent is on it. */
export function composeHost({
  paths,
  memoryCapBytes,
  clock,
  boxEvents,
}: {
  paths: DataPaths;
  memoryCapBytes: number | undefined;
  clock: Clock;
  boxEvents: TypedEvents<BoxEvents>;
}) {
  const health = createHealthSampler({ dataFolder: paths.folder });
  const memoryNow = createHealthSampler({ dataFolder: paths.folder }); // its own: a sample ends the interval of the last
  const facts = new FactsSource({
    path: paths.facts,
    agentVersion: AGENT_VERSION,
    ...(memoryCapBytes === undefined ? {} : { memoryCapBytes }),
    sampleHealth: () => memoryNow.sample(),
    inspectEngine: () => inspectEngine(),
    detect: (engineGpus) =>
      detectHardware(
        createProbes({ dataFolder: paths.folder, engineGpus: async () => (await engineGpus()).gpus }),
        clock,
      ),
    onDetected: (detected) => boxEvents.emit('facts-detected', { facts: detected }),
  });
  return { facts, health, agent: () => agentInfo(facts.knownEngine) };
}
