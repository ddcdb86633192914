import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type DeviceDetail, FlotillaError, releaseName, type ReportedService } from '@flotilla/contracts';
import { makeFolder } from '@flotilla/platform-files';
import { type AppProcess, runApp, startApp } from './app-process.ts';
import { askBox, curlLine } from './ask-box.ts';
import { type BoxStatus, readBoxStatus } from './box-status.ts';
import { buildAll, inWords, staleProducts } from './build.ts';
import { checkPorts } from './check-ports.ts';
import { formatBytes } from '@flotilla/kernel';
import { describeFacts } from './describe.ts';
import type { StartOptions } from './options.ts';
import { createPeopleApi, type PeopleApi } from './people-api.ts';
import { poll } from './poll.ts';
import type { ProgressView } from './progress-view.ts';

const SERVICE = 'assistant';
const AGENT = 'apps/agent/dist/main.js';
const CONTROL_PLANE = 'apps/control-plane/dist/main.js';

/** They end a hang; a small or busy machine takes a minute for what a laptop does in two seconds. */
const START_DEADLINE_MS = 300_000;
const SERVE_DEADLINE_MS = 900_000;

export interface Launched {
  consoleUrl: string;
  signInLink: string;
  boxUrl: string;
  curl: string;
  answer: string;
  adminTokenFile: string;
}

interface LaunchDeps {
  options: StartOptions;
  view: ProgressView;
  signal: AbortSignal;
  /** Told of every app that was started, in the order of starting. */
  onStarted: (app: AppProcess) => void;
}

/** Starts the control plane and the agent, waits until the box answers, and says what happened on the way. */
export async function launch({ options, view, signal, onStarted }: LaunchDeps): Promise<Launched> {
  const { data, host, ports } = options;
  await checkPorts(ports, host);
  await makeDataFolder(data);
  await build(view, signal);

  const consoleUrl = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${ports.people}`;
  const boxUrl = `http://127.0.0.1:${ports.box}`;
  const planeFolder = join(data, 'control-plane');
  const agentFolder = join(data, 'agent');

  view.begin('Starting the control plane');
  const plane = startApp({
    name: 'The control plane',
    main: CONTROL_PLANE,
    args: ['run', '--data', planeFolder, ...planeFlags(options)],
    logFile: join(data, 'control-plane.log'),
  });
  onStarted(plane);
  await orFailed(
    plane,
    poll({
      read: () => isReady(`${consoleUrl}/readyz`, signal),
      what: 'The start of the control plane',
      deadlineMs: START_DEADLINE_MS,
      signal,
    }),
  );
  const adminTokenFile = join(planeFolder, 'admin-token');
  const people = createPeopleApi({
    url: consoleUrl,
    token: readFileSync(adminTokenFile, 'utf8').trim(),
    signal,
  });
  view.done(`Control plane runs: ${consoleUrl}`);

  const agentFlags = ['--data', agentFolder];
  if (!existsSync(join(agentFolder, 'identity.json'))) {
    view.begin('Joining this machine with a join token');
    const token = await people.createJoinToken();
    await runApp({ main: AGENT, args: ['join', token, ...agentFlags], signal });
    view.done('Joined this machine with a join token');
  }

  view.begin('Starting the agent');
  const agent = startApp({
    name: 'The agent',
    main: AGENT,
    args: ['run', ...agentFlags, '--port', String(ports.box)],
    logFile: join(data, 'agent.log'),
  });
  onStarted(agent);
  const either = <T>(work: Promise<T>) => orFailed(plane, orFailed(agent, work));
  const { device: self } = await either(
    poll({
      read: () => readBoxStatus(boxUrl, signal),
      what: "The start of the box's API",
      deadlineMs: START_DEADLINE_MS,
      signal,
    }),
  );
  const device = await either(
    poll({
      read: () => withFacts(people, self.id),
      what: 'The report of the hardware',
      deadlineMs: START_DEADLINE_MS,
      signal,
    }),
  );
  view.done(`Agent runs as ${device.name}: ${describeFacts(device)}`);

  const isNew = await either(ensureRollout({ people, view }));
  await either(watchService({ boxUrl, view, signal, isNew }));

  view.begin('Asking the box');
  const answer = await either(askBox(boxUrl, SERVICE, signal));
  view.done('The box answers');
  return {
    consoleUrl,
    signInLink: await people.signInLink(),
    boxUrl,
    curl: curlLine(boxUrl, SERVICE),
    answer,
    adminTokenFile: readablePath(adminTokenFile),
  };
}

/** Before a minute goes into a build. @throws FlotillaError `invalid-input` naming the folder and the flag. */
async function makeDataFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlotillaError('invalid-input', `The data folder ${folder} cannot be written: ${reason}`, {
      cause,
      details: { field: '--data', fix: 'Name a folder that can be written with `npm start -- --data DIR`.' },
    });
  }
}

/** Relative where it is below the working folder. */
function readablePath(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}

async function build(view: ProgressView, signal: AbortSignal): Promise<void> {
  const products = staleProducts();
  if (products.length === 0) return;
  const names = inWords(products);
  view.begin(`Building ${names}`);
  await buildAll(products, signal);
  view.done(`Built ${names}`);
}

function planeFlags({ host, publicAddress, ports }: StartOptions): string[] {
  return [
    '--host',
    host,
    '--port',
    String(ports.people),
    '--gateway-port',
    String(ports.gateway),
    '--mqtt-port',
    String(ports.mqtt),
    ...(publicAddress === undefined ? [] : ['--public-address', publicAddress]),
  ];
}

async function isReady(url: string, signal: AbortSignal): Promise<true | undefined> {
  const response = await fetch(url, { signal }).catch(() => undefined);
  signal.throwIfAborted();
  return response?.ok ? true : undefined;
}

async function withFacts(people: PeopleApi, deviceId: string): Promise<DeviceDetail | undefined> {
  const device = await people.findDevice(deviceId);
  return device?.facts === undefined ? undefined : device;
}

/** The newest release of the service goes to every device, once; true where that was now. */
async function ensureRollout({ people, view }: { people: PeopleApi; view: ProgressView }): Promise<boolean> {
  const releases = (await people.releases()).filter(({ release }) => release.service === SERVICE);
  const newest = releases.sort((a, b) => b.release.revision - a.release.revision)[0];
  if (newest === undefined) {
    throw new FlotillaError(
      'not-found',
      `The control plane has no release of \`${SERVICE}\`: the starter models are missing.`,
    );
  }
  const name = releaseName(newest.release);
  const rollouts = await people.rollouts();
  if (rollouts.some((rollout) => rollout.service === SERVICE)) return false;
  view.begin(`Rolling out ${name}`);
  await people.startRollout(name, '*');
  view.done(
    `Rolled out ${name}: candidates ${newest.release.candidates.map(({ variant }) => variant).join(', ')}`,
  );
  return true;
}

interface WatchDeps {
  boxUrl: string;
  view: ProgressView;
  signal: AbortSignal;
  /** Whether the box was given the service only now. A pull may end between two looks at the box. */
  isNew: boolean;
}

/** Shows each phase of the change on the box until the service serves. */
async function watchService({ boxUrl, view, signal, isNew }: WatchDeps): Promise<void> {
  let changed = isNew;
  view.begin(`Waiting for \`${SERVICE}\``);
  const service = await poll({
    read: async () => {
      const status: BoxStatus | undefined = await readBoxStatus(boxUrl, signal);
      const service = status?.services.find((one) => one.service === SERVICE);
      if (service === undefined) return undefined;
      if (service.state === 'serving') return service;
      if (service.state === 'blocked' || service.state === 'failed') throw refusal(service);
      changed ||= service.phase === 'fetching' || service.phase === 'verifying';
      view.update(describeChange(service));
      return undefined;
    },
    what: `Serving \`${SERVICE}\``,
    deadlineMs: SERVE_DEADLINE_MS,
    signal,
  });
  const chosen = service.resolution?.candidates.find((candidate) => candidate.verdict === 'chosen');
  view.done(
    `Chose ${service.variant?.name ?? 'a variant'}${chosen === undefined ? '' : `: ${chosen.reason}`}`,
  );
  view.begin('Serving');
  view.done(
    changed ? `Pulled, verified and serving \`${SERVICE}\`` : `Serving \`${SERVICE}\` from what is on disk`,
  );
}

function refusal(service: ReportedService): FlotillaError {
  const { problem } = service;
  return new FlotillaError(
    'unavailable',
    `\`${service.service}\` is ${service.state}: ${problem?.detail ?? 'no reason given'}`,
    {
      details: { ...(problem?.fix === undefined ? {} : { fix: problem.fix }) },
    },
  );
}

function describeChange({ phase, progress }: ReportedService): string {
  if (progress === undefined) return `The box is ${phase ?? 'changing'}`;
  return `The box is ${phase ?? 'fetching'}: ${formatBytes(progress.doneBytes)} of ${formatBytes(progress.totalBytes)}`;
}

/** The work, unless the app ends first. */
function orFailed<T>(app: AppProcess, work: Promise<T>): Promise<T> {
  return Promise.race([work, app.failed]);
}
