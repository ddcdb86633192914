import { fact } from './element.js';
import { bytes, duration, energy, number } from './format.js';

/** The box itself, as tiles. What is not known yet is left out. */
export function drawBox({ at, startedAt, facts, energy: used, agent }) {
  const { cpu, memory } = facts ?? {};
  return [
    fact(
      'Processor',
      cpu && `${number(cpu.cores)} ${cpu.cores === 1 ? 'core' : 'cores'}`,
      cpu?.model ?? cpu?.arch,
    ),
    fact('Memory', memory && bytes(memory.totalBytes)),
    fact(
      'Energy so far',
      used && energy(used.joules),
      used && `${used.method === 'modelled' ? 'estimated, ' : ''}since the agent started`,
    ),
    fact('Running for', duration(at - startedAt), agent?.version && `agent ${agent.version}`),
  ].filter((tile) => tile !== undefined);
}

const LINKS = {
  connected: 'Linked',
  connecting: 'Linking',
  waiting: 'Not linked',
  stopped: 'On its own',
};

/** The link to the control plane in a few words; the box serves without it. */
export function describeLink({ mqtt, problem }) {
  return { text: LINKS[mqtt] ?? mqtt, good: mqtt === 'connected', problem };
}
