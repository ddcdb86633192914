import { formatBytes, formatDuration } from '@flotilla/kernel';
import { CurrentDocument, RollbackDocument } from '@flotilla/agent-reconcile';
import { readJsonFile } from '@flotilla/platform-files';
import { fetchRunning } from '../box/fetch-running.ts';
import type { BoxStatus } from '../box/build-status.ts';
import { dataPaths } from '../state/data-paths.ts';
import { readIdentity } from '../state/identity.ts';
import type { Command } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** `flotilla-agent status` */
export const status: Command = async ({ config, json, print }) => {
  const paths = dataPaths(config.dataFolder);
  // Of our own agent, whose shape we know; a newer one only says more.
  const running = (await fetchRunning({ endpointFile: paths.endpoint, path: '/flotilla/v1/status' })) as
    | BoxStatus
    | undefined;
  if (running) {
    if (json) print(JSON.stringify(running));
    else for (const line of describeRunning(running)) print(line);
    return EXIT.ok;
  }
  const [identity, current, rollback] = await Promise.all([
    readIdentity(paths.identity),
    readJsonFile(paths.current, CurrentDocument),
    readJsonFile(paths.rollback, RollbackDocument),
  ]);
  const stopped = {
    running: false,
    deviceId: identity?.deviceId,
    services: (current?.services ?? []).map(({ service, revision, placement }) => ({
      service,
      revision,
      variant: placement.variant,
      adapter: placement.adapter?.name,
    })),
    failedReleases: rollback?.failed ?? [],
  };
  if (json) {
    print(JSON.stringify(stopped));
  } else {
    print(`No agent runs on ${config.dataFolder}.`);
    print(
      identity
        ? `Device ${identity.deviceId} of ${identity.gatewayUrl}.`
        : 'It has not joined a control plane.',
    );
    for (const { service, revision, variant, adapter } of stopped.services)
      print(`  ${service}@${revision} on ${variant}${withAdapter(adapter)} is loaded at the next start`);
  }
  return EXIT.unhealthy;
};

function withAdapter(name: string | undefined): string {
  return name === undefined ? '' : ` with ${name}`;
}

function describeRunning({
  at,
  agent,
  device,
  link,
  services,
  localModels,
  generation,
  telemetry,
  failedReleases,
}: BoxStatus): string[] {
  const lines = [
    `Agent ${agent.version}${agent.engine === undefined ? '' : ` (${agent.engine})`}`,
    device ? `Device ${device.id} of ${device.gatewayUrl}` : 'Not joined',
    `Link ${link.mqtt} for ${formatDuration(at - link.since, { parts: 2 })}${link.problem === undefined ? '' : `: ${link.problem}`}`,
    `Desired generation ${generation}; ${telemetry.waitingRows} telemetry rows wait`,
  ];
  for (const service of services) {
    const what = service.variant
      ? ` ${service.service}@${service.revision} on ${service.variant.name}${withAdapter(service.adapter?.name)}`
      : ` ${service.service}`;
    const phase = service.phase === undefined ? '' : ` (${service.phase})`;
    lines.push(`${service.state}${phase}:${what}`);
    for (const { variant, verdict, reason } of service.resolution?.candidates ?? [])
      lines.push(`    ${verdict} ${variant}: ${reason}`);
    for (const { rung, reason } of service.degraded ?? []) lines.push(`    degraded ${rung}: ${reason}`);
    if (service.problem) lines.push(`    ${service.problem.code}: ${service.problem.detail}`);
  }
  for (const { name, state, bytes } of localModels ?? [])
    lines.push(`${state}: ${name}, a local model of ${formatBytes(bytes)}`);
  for (const { service, revision, problem } of failedReleases)
    lines.push(`failed here: ${service}@${revision}: ${problem.detail}`);
  return lines;
}
