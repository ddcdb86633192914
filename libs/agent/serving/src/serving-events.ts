import type { FinishReason } from '@flotilla/agent-openai';
import type { DegradeStep } from '@flotilla/agent-serving-core';
import type { ProblemCode } from '@flotilla/contracts';
import type { EngineInfo } from './engine.ts';

export interface DeploymentRef {
  service: string;
  deployment: string;
  variant: string;
  variantDigest: string;
  /** Names what answers: the variant, and the adapter that it is loaded with. */
  fingerprint: string;
  release: string | undefined;
  /** Made on this box: its names are nobody else's business. */
  isLocal: boolean;
}

/** How a request ended; `failed` and `aborted` say how far it came. Counts and durations only, never text. */
export interface RequestFinished extends DeploymentRef {
  outcome: FinishReason | 'aborted' | 'failed';
  code: ProblemCode | undefined;
  tokensIn: number;
  tokensOut: number;
  cachedTokens: number;
  /** From acceptance to the start on a sequence. */
  queuedMs: number;
  /** From acceptance to the first token; undefined when there was none. */
  ttftMs: number | undefined;
  /** From acceptance to the end. */
  durationMs: number;
  /** Time it held a sequence of the engine. */
  busyMs: number;
  /** Decode speed after the first token; undefined under two tokens. */
  tokensPerSecond: number | undefined;
  /** True when an engine died under it before its first token, and it was run again. */
  retried: boolean;
}

/** Everything that happens while serving; logs, metrics and telemetry listen. */
export interface ServingEvents {
  'engine-started': DeploymentRef & { info: EngineInfo; restart: boolean };
  /** `log`: the last lines of the library, never prompt text. */
  'engine-exited': DeploymentRef & {
    expected: boolean;
    code: number | null;
    signal: string | null;
    log: string[];
    lost: number;
  };
  /** The engine died again and again, and is opened a rung lower. */
  'engine-degraded': DeploymentRef & { step: DegradeStep };
  /** It held, and is opened a rung higher: the step is the one that was taken back. */
  'engine-climbed': DeploymentRef & { step: DegradeStep };
  /** No rung is left: what remains is a smaller variant, or another release. */
  'engine-broken': DeploymentRef & { exits: number; reason: string };
  'engine-recovered': DeploymentRef;
  /** Unloaded to make room for another service, or because its caller wished it; a request wakes it. */
  'service-slept': DeploymentRef;
  'traffic-switched': DeploymentRef & { from: string | undefined };
  'request-finished': RequestFinished;
  'request-refused': { service: string; isLocal: boolean; code: ProblemCode; queued: number };
}
