import type { Phase, ServiceName, Sha256 } from '@flotilla/contracts';
import type { ModelFile, ServiceRecord } from './state.ts';

/** The next safe thing to do. Every step may be cut off anywhere and planned again. */
export type Step =
  | { kind: 'fetch-release'; service: ServiceName; release: Sha256 }
  /**
   * `othersBytes`: memory of the other services; `ownBytes`: what this one gives back at the switch; `shared`: both,
   * where those services sleep that may, for a release of which nothing fits beside them.
   */
  | {
      kind: 'resolve-variant';
      service: ServiceName;
      release: Sha256;
      othersBytes: number;
      ownBytes: number;
      shared?: { othersBytes: number; ownBytes: number };
    }
  /** The model, or the adapter it is loaded with: one file after the other. */
  | { kind: 'fetch-model'; service: ServiceName; release: Sha256; file: ModelFile }
  | { kind: 'verify-model'; service: ServiceName; release: Sha256; file: ModelFile }
  /** `mayStayAsleep`: it served before; where others leave it no room, the first request wakes it. */
  | { kind: 'load-model'; service: ServiceName; record: ServiceRecord; mayStayAsleep?: boolean }
  | { kind: 'check-golden'; service: ServiceName; record: ServiceRecord }
  | { kind: 'switch-traffic'; service: ServiceName; record: ServiceRecord }
  /** Lets an engine end its requests and unloads it. `swapFor`: to make room for this release; the service is dark until it serves. */
  | { kind: 'drain'; service: ServiceName; record: ServiceRecord; swapFor?: Sha256 }
  | { kind: 'commit'; service: ServiceName; record: ServiceRecord }
  /** Unloads the engines of a release that failed, so that the last good one can take its place. */
  | { kind: 'roll-back'; service: ServiceName; release: Sha256 }
  /** The service is not desired any more: unloads it and forgets its records. */
  | { kind: 'retire'; service: ServiceName }
  | { kind: 'collect-garbage'; keepBlobs: readonly Sha256[]; keepReleases: readonly Sha256[] };

export type StepKind = Step['kind'];
export type StepOf<K extends StepKind> = Extract<Step, { kind: K }>;

/** The service a step is about; none for collect-garbage. */
export function serviceOf(step: Step): ServiceName | undefined {
  return step.kind === 'collect-garbage' ? undefined : step.service;
}

/** The release a step brings closer; none where it only removes. */
export function releaseOf(step: Step): Sha256 | undefined {
  switch (step.kind) {
    case 'fetch-release':
    case 'resolve-variant':
    case 'fetch-model':
    case 'verify-model':
    case 'roll-back':
      return step.release;
    case 'load-model':
    case 'check-golden':
    case 'switch-traffic':
    case 'commit':
      return step.record.release;
    case 'drain':
      return step.swapFor;
    case 'retire':
    case 'collect-garbage':
      return undefined;
  }
}

/** How a step is called in `reported`. */
export const PHASE_OF = {
  'fetch-release': 'resolving',
  'resolve-variant': 'resolving',
  'fetch-model': 'fetching',
  'verify-model': 'verifying',
  'load-model': 'loading',
  'check-golden': 'checking',
  'switch-traffic': 'switching',
  drain: 'draining',
  commit: 'committing',
  'roll-back': 'rolling-back',
  retire: 'draining',
  'collect-garbage': 'committing',
} as const satisfies Record<StepKind, Phase>;
