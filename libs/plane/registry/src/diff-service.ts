import {
  isServing,
  type Desired,
  type DesiredService,
  type Difference,
  type Reported,
  type ReportedService,
} from '@flotilla/contracts';
import { releaseName } from '@flotilla/contracts';

/** Desired against reported, one readable line per service, by name. */
export function diffServices({
  desired,
  reported,
}: {
  desired: Desired | undefined;
  reported: Reported | undefined;
}): Difference[] {
  const names = new Set([
    ...(desired?.services ?? []).map((s) => s.service),
    ...(reported?.services ?? []).map((s) => s.service),
  ]);
  const answered = (reported?.generation ?? 0) >= (desired?.generation ?? 0);
  return [...names].sort().map((service) => {
    const wanted = desired?.services.find((s) => s.service === service);
    const said = reported?.services.find((s) => s.service === service);
    return {
      service,
      ...(wanted && { desired: wantedText(wanted) }),
      ...(said && { reported: saidText(said).slice(0, 256) }),
      reached: isReached({ wanted, said, answered }),
      explanation: explain({ wanted, said, answered }).slice(0, 1_024),
    };
  });
}

interface Pair {
  wanted: DesiredService | undefined;
  said: ReportedService | undefined;
  answered: boolean;
}

function isReached({ wanted, said, answered }: Pair): boolean {
  if (!answered) return false;
  if (wanted === undefined) return said === undefined || said.state === 'absent';
  return said !== undefined && isServing(said) && said.release === wanted.release;
}

function explain({ wanted, said, answered }: Pair): string {
  if (wanted === undefined) {
    return said === undefined || said.state === 'absent'
      ? 'Nothing is wanted and nothing serves.'
      : 'The service is no longer wanted; the device has yet to remove it.';
  }
  const target = releaseName(wanted);
  if (said === undefined || !answered) return `The device has not answered yet to what is wanted: ${target}.`;
  const problem = said.problem ? `${said.problem.detail} (${said.problem.code})` : undefined;
  switch (said.state) {
    case 'serving':
    case 'sleeping':
      return said.release === wanted.release
        ? `${target} ${said.state === 'sleeping' ? 'sleeps until it is asked for' : 'serves'}.`
        : `${nameOf(said)} serves; the change to ${target} has not begun.`;
    case 'changing':
      return wanted.activation === 'hold'
        ? `${target} is fetched and waits: its rollout is paused.`
        : `The device is changing to ${target}${said.phase ? `: ${said.phase}` : ''}.`;
    case 'blocked':
      return `${target} is blocked: ${problem ?? 'the device gave no reason'}`;
    case 'failed':
      return `${target} failed here${isGivenUp(said) ? ' and is not tried again' : ''}: ${
        problem ?? 'the device gave no reason'
      }; ${said.release ? `${nameOf(said)} serves` : 'nothing serves now'}`;
    default:
      return `Nothing serves yet; ${target} is wanted.`;
  }
}

/** An engine that nothing could replace may be started again: the device says so in its problem. */
function isGivenUp({ release, problem }: ReportedService): boolean {
  return release !== undefined || problem?.code !== 'engine-crash-loop';
}

function nameOf(said: ReportedService): string {
  return said.revision === undefined
    ? 'another release'
    : releaseName({ service: said.service, revision: said.revision });
}

function wantedText(wanted: DesiredService): string {
  return wanted.activation === 'hold' ? `${releaseName(wanted)}, held` : releaseName(wanted);
}

function saidText(said: ReportedService): string {
  const release = said.release === undefined ? '' : ` ${nameOf(said)}`;
  const adapter = said.adapter === undefined ? '' : ` with ${said.adapter.name}`;
  const variant = said.variant === undefined ? '' : `, ${said.variant.name}${adapter}`;
  const phase = said.phase === undefined ? '' : `, ${said.phase}`;
  return `${said.state}${release}${variant}${phase}`;
}
