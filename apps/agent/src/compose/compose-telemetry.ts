import { randomBytes } from 'node:crypto';
import { uptime } from 'node:os';

import type { HealthSampler } from '@flotilla/agent-hardware';
import type { Services } from '@flotilla/agent-serving';
import {
  createEnergyTotal,
  createModelledEnergyMeter,
  guessTdpWatts,
  Recorder,
  Spool,
  UsageAccumulator,
} from '@flotilla/agent-telemetry';
import type { Desired } from '@flotilla/contracts';
import { uuidV7, type Clock, type TypedEvents } from '@flotilla/kernel';
import { IN_MEMORY } from '@flotilla/platform-files';
import type { Log } from '@flotilla/platform-log';
import type { FactsSource } from '../box/facts-source.ts';
import { noteUsage } from '../box/note-usage.ts';
import type { AgentConfig } from '../config.ts';
import type { DataPaths } from '../state/data-paths.ts';
import type { BoxEvents } from './box-events.ts';

/** Health and usage of the box, into the spool. */
export function composeTelemetry({
  config: { telemetry },
  paths,
  services,
  health,
  facts,
  documents,
  boxEvents,
  clock,
  log,
}: {
  config: AgentConfig;
  paths: DataPaths;
  services: Pick<Services, 'events' | 'served'>;
  health: HealthSampler;
  facts: FactsSource;
  documents: { readDesired(): Promise<Desired | undefined> };
  boxEvents: TypedEvents<BoxEvents>;
  clock: Clock;
  log: Log;
}) {
  const usage = new UsageAccumulator();
  noteUsage({ services, usage });
  const spool = openSpool({ path: paths.spool, maxBytes: telemetry.spoolBytes, clock, log });

  const readBoot = () => ({ bootId: facts.known?.bootId ?? 'unknown', uptimeMs: uptime() * 1_000 });
  let intervalMs = telemetry.interval;
  /** The fleet may set the interval with every desired document. */
  const followPolicy = async (): Promise<void> => {
    intervalMs = (await documents.readDesired())?.policy.telemetryIntervalMs ?? telemetry.interval;
  };
  const tdpWatts = (): number => {
    if (telemetry.tdpWatts !== undefined) return telemetry.tdpWatts;
    const cpu = facts.known?.cpu;
    return cpu ? guessTdpWatts({ cpuModel: cpu.model, arch: cpu.arch, cores: cpu.cores }) : UNKNOWN_WATTS;
  };
  const energy = createEnergyTotal({
    measure: (interval) => createModelledEnergyMeter({ tdpWatts: tdpWatts() }).measure(interval),
  });
  const recorder = new Recorder({
    spool,
    usage,
    energy: energy.meter,
    sampleHealth: () => health.sample(),
    readBoot,
    clock,
    intervalMs: () => intervalMs,
    onRow: () => boxEvents.emit('row-written', {}),
    onError: (error) => log.error({ error }, 'telemetry row not written'),
  });
  return { spool, recorder, readBoot, followPolicy, readEnergy: () => energy.total };
}

/** A box whose disk is full serves on; what it counts then lives as long as its process. */
function openSpool({
  path,
  maxBytes,
  clock,
  log,
}: {
  path: string;
  maxBytes: number;
  clock: Clock;
  log: Log;
}): Spool {
  const newEpoch = () => uuidV7({ now: clock.now(), random: randomBytes(10) });
  try {
    const spool = new Spool({ path, newEpoch, maxBytes });
    if (spool.damaged) log.error('telemetry spool was damaged and begun again');
    return spool;
  } catch (error) {
    log.error({ error }, 'telemetry spool cannot be opened and is kept in memory');
    return new Spool({ path: IN_MEMORY, newEpoch, maxBytes });
  }
}

/** A small computer's, until the processor is known. */
const UNKNOWN_WATTS = 15;
