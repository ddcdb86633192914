import { connect } from 'node:net';
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { createProbes, detectHardware } from '@flotilla/agent-hardware';
import { toFlotillaError } from '@flotilla/contracts';
import { formatDuration } from '@flotilla/kernel';
import { parseCertificate } from '@flotilla/platform-pki';
import { z } from 'zod';
import { fetchRunning } from '../box/fetch-running.ts';
import { dataPaths } from '../state/data-paths.ts';
import { readIdentity, type Identity } from '../state/identity.ts';
import { checkBroker, checkGateway } from './check-line.ts';
import type { Command, CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { fail, ok, warn, type Finding } from './finding.ts';

/** Of the agent that runs; a newer one only says more. */
const RunningStatus = z.object({ link: z.object({ mqtt: z.string() }) });

const DAY_MS = 86_400_000;
const LOW_DISK_BYTES = 2 ** 30;

/** `flotilla-agent doctor` */
export const doctor: Command = async (context) => {
  const { config, json, print } = context;
  const paths = dataPaths(config.dataFolder);
  const running = RunningStatus.safeParse(
    await fetchRunning({ endpointFile: paths.endpoint, path: '/flotilla/v1/status' }),
  ).data;
  const identity = await readIdentity(paths.identity).catch(() => undefined);
  const present = await presentFolder(config.dataFolder);
  const findings = [
    await checkFolder(config.dataFolder, present),
    await checkDisk(present),
    running === undefined ? await checkPort(config.http) : ok('port', 'the agent runs and answers'),
    ...(await checkProbes(context, present)),
    ...(identity
      ? await checkPlane(identity, { ...context, lineOfAgent: running?.link.mqtt })
      : [warn('identity', 'this box has not joined a control plane')]),
  ];
  if (json) print(JSON.stringify({ running: running !== undefined, findings }));
  else for (const { verdict, check, detail } of findings) print(`${verdict.padEnd(4)}  ${check}: ${detail}`);
  return findings.some(({ verdict }) => verdict === 'fail') ? EXIT.unhealthy : EXIT.ok;
};

/** The folder itself, or where it will be made: a box is looked at before its first start as well. */
async function presentFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const parent = dirname(path);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || parent === path ? path : presentFolder(parent);
}

async function checkFolder(folder: string, present: string): Promise<Finding> {
  try {
    await access(present, constants.W_OK);
    return ok('data folder', present === resolve(folder) ? folder : `${folder} is made with the first start`);
  } catch (error) {
    return fail('data folder', `${folder} cannot be written: ${toFlotillaError(error).message}`);
  }
}

async function checkDisk(folder: string): Promise<Finding> {
  const disk = await statfs(folder).catch(() => undefined);
  if (!disk) return warn('disk', 'free space could not be read');
  const free = disk.bavail * disk.bsize;
  const detail = `${(free / 1e9).toFixed(1)} GB free`;
  return free < LOW_DISK_BYTES ? warn('disk', detail) : ok('disk', detail);
}

function checkPort({ host, port }: { host: string; port: number }): Promise<Finding> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const end = (finding: Finding): void => {
      socket.destroy();
      resolve(finding);
    };
    socket.once('connect', () => end(fail('port', `another program listens on ${host}:${port}`)));
    socket.once('error', () => end(ok('port', `${host}:${port} is free`)));
    socket.once('timeout', () => end(ok('port', `${host}:${port} is free`)));
  });
}

async function checkProbes({ clock }: CommandContext, present: string): Promise<Finding[]> {
  const facts = await detectHardware(createProbes({ dataFolder: present }), clock);
  if (facts.unknown.length === 0) return [ok('hardware', 'every probe answered')];
  return facts.unknown.map(({ probe, reason }) => warn(`hardware: ${probe}`, reason));
}

async function checkPlane(
  identity: Identity,
  { clock, lineOfAgent }: CommandContext & { lineOfAgent: string | undefined },
): Promise<Finding[]> {
  const { notAfter } = parseCertificate(identity.certificatePem);
  const left = notAfter - clock.now();
  const life = `certificate valid for ${formatDuration(Math.abs(left), { parts: 1 })}`;
  const certificate =
    left <= 0
      ? warn(
          'certificate',
          `expired ${formatDuration(-left, { parts: 1 })} ago; it is renewed when the gateway answers`,
        )
      : left < 10 * DAY_MS
        ? warn('certificate', life)
        : ok('certificate', life);
  const broker = await checkBroker(identity, { clock, lineOfAgent });
  return [certificate, ...(await checkGateway(identity, clock)), broker];
}
