import type { ReportedService } from '@flotilla/contracts';

/** What `run --json` prints, one object per line: each time something moved, never twice the same. */
export type ProgressLine =
  | { event: 'started'; deviceId: string | undefined; url: string; socket: string | undefined; pid: number }
  | { event: 'link'; state: string; problem?: string }
  | {
      event: 'phase';
      service: string;
      phase: string;
      revision?: number;
      variant?: string;
      doneBytes?: number;
      totalBytes?: number;
      problem?: ReportedService['problem'];
    }
  | { event: 'serving'; service: string; revision?: number; variant?: string; reason?: string; url: string }
  | { event: 'blocked' | 'failed'; service: string; revision?: number; problem?: ReportedService['problem'] }
  | { event: 'stopped' };

/** The line of one service as it stands. */
export function progressLine(service: ReportedService, url: string): ProgressLine | undefined {
  const name = { service: service.service };
  const revision = service.targetRevision === undefined ? {} : { revision: service.targetRevision };
  const chosen = service.resolution?.candidates.find(({ verdict }) => verdict === 'chosen');
  const problem = service.problem ? { problem: service.problem } : {};
  switch (service.state) {
    case 'serving':
      return {
        event: 'serving',
        ...name,
        ...(service.revision === undefined ? {} : { revision: service.revision }),
        ...(service.variant ? { variant: service.variant.name } : {}),
        ...(chosen ? { reason: chosen.reason } : {}),
        url,
      };
    case 'changing':
      return {
        event: 'phase',
        ...name,
        ...revision,
        phase: service.phase ?? 'resolving',
        ...(chosen ? { variant: chosen.variant } : {}),
        ...(service.progress
          ? { doneBytes: service.progress.doneBytes, totalBytes: service.progress.totalBytes }
          : {}),
        ...problem,
      };
    case 'blocked':
    case 'failed':
      return { event: service.state, ...name, ...revision, ...problem };
    default:
      return undefined;
  }
}

/** Prints each line that differs from the last one of its service. */
export function createProgressPrinter({ print }: { print: (line: ProgressLine) => void }) {
  const last = new Map<string, string>();
  return (key: string, line: ProgressLine): void => {
    const text = JSON.stringify(line);
    if (last.get(key) === text) return;
    last.set(key, text);
    print(line);
  };
}
