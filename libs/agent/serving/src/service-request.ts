import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import type { FinishReason } from '@flotilla/agent-openai';
import type { Engine, GenerationEvent, SideContextKind } from './engine.ts';
import type { LoadedDeployment } from './loaded-deployment.ts';
import type { DeploymentRef, RequestFinished } from './serving-events.ts';

/** What one request does on an engine, and who hears that it failed. */
export interface RequestWork {
  /** Runs to its end and says why it ended. Counts what it reads and writes on the request as it goes. */
  run(on: LoadedDeployment, engine: Engine, request: ServiceRequest): Promise<FinishReason>;
  /** What it needs of an engine beside the context that serves; undefined: nothing. */
  side(engine: Engine): SideContextKind | undefined;
  fail(error: unknown): void;
}

/** One request from acceptance to its end, whatever engines it meets. */
export interface ServiceRequest {
  readonly key: string;
  readonly work: RequestWork;
  /** Aborted when its caller is gone, its time is over, or it was ended. */
  readonly signal: AbortSignal;
  readonly acceptedAt: number;
  /** How long the model is to stay loaded after it; undefined: until another one needs its memory. */
  readonly keepForMs: number | undefined;
  /** What its time was when it was over; undefined until then. */
  readonly overdueMs: number | undefined;
  /** What it was ended with; undefined until then. */
  readonly endedWith: FlotillaError | undefined;
  /** Ends its deadline. */
  settle(): void;
  /** Others need what it runs on: it fails with this error. */
  end(error: FlotillaError): void;
  /** Times an engine died under it before its first token. */
  retries: number;
  /** The deployment it runs or ran on. */
  ranOn: DeploymentRef | undefined;
  startedAt: number | undefined;
  firstTokenAt: number | undefined;
  tokensIn: number;
  tokensOut: number;
  cachedTokens: number;
}

/** Counts a generation's event on its request. */
export function noteEvent(request: ServiceRequest, event: GenerationEvent, now: number): void {
  switch (event.kind) {
    case 'started':
      request.tokensIn = event.promptTokens;
      request.cachedTokens = event.cachedTokens;
      break;
    case 'text':
      if (event.tokens > 0) request.firstTokenAt ??= now;
      request.tokensOut += event.tokens;
      break;
    case 'finished':
      request.tokensOut = event.usage.completionTokens;
      break;
  }
}

/** What is told of a request that ended; `end` is how, or what it failed with. */
export function requestFinished(
  request: ServiceRequest,
  of: DeploymentRef,
  end: { reason: FinishReason } | { error: unknown },
  now: number,
): RequestFinished {
  const startedAt = request.startedAt ?? now;
  const code = 'error' in end && isFlotillaError(end.error) ? end.error.code : undefined;
  const isEnded = request.overdueMs !== undefined || request.endedWith !== undefined;
  const cancelled = code === 'aborted' || (request.signal.aborted && !isEnded);
  return {
    ...of,
    outcome: 'reason' in end ? end.reason : cancelled ? 'aborted' : 'failed',
    code,
    tokensIn: request.tokensIn,
    tokensOut: request.tokensOut,
    cachedTokens: request.cachedTokens,
    queuedMs: startedAt - request.acceptedAt,
    ttftMs: request.firstTokenAt === undefined ? undefined : request.firstTokenAt - request.acceptedAt,
    durationMs: now - request.acceptedAt,
    busyMs: now - startedAt,
    tokensPerSecond: decodeSpeed(request, now),
    retried: request.retries > 0,
  };
}

/** Why a request ends that was cut off: its caller is gone, or its time is over. */
export function cutOff(request: ServiceRequest): FlotillaError {
  const waited = request.startedAt === undefined;
  if (request.overdueMs === undefined)
    return new FlotillaError(
      'aborted',
      waited ? 'The request was cancelled while it waited.' : 'The request was cancelled.',
      { cause: request.signal.reason },
    );
  const where = waited
    ? 'while the request waited for its turn'
    : `after ${request.tokensOut} tokens of the answer`;
  return new FlotillaError('timeout', `The deadline of ${request.overdueMs} ms passed ${where}.`, {
    details: {
      deadlineMs: request.overdueMs,
      tokensProduced: request.tokensOut,
      fix: 'Allow more time, or ask for fewer tokens.',
    },
  });
}

function decodeSpeed(request: ServiceRequest, now: number): number | undefined {
  if (request.firstTokenAt === undefined || request.tokensOut < 2) return undefined;
  const elapsed = now - request.firstTokenAt;
  return elapsed <= 0 ? undefined : ((request.tokensOut - 1) * 1_000) / elapsed;
}
