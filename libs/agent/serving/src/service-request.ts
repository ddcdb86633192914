import type { GenerationRequest } from '@flotilla/agent-openai';
import { isFlotillaError } from '@flotilla/contracts';
import type { GenerationEvent } from './engine.ts';
import { createEventChannel, type EventChannel } from './event-channel.ts';
import type { DeploymentRef, RequestFinished } from './serving-events.ts';

/** One request from acceptance to its end, whatever engines it meets. */
export interface ServiceRequest {
  readonly request: GenerationRequest;
  readonly signal: AbortSignal;
  readonly channel: EventChannel;
  readonly acceptedAt: number;
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

export function acceptRequest(options: {
  request: GenerationRequest;
  signal: AbortSignal;
  now: number;
}): ServiceRequest {
  return {
    request: options.request,
    signal: options.signal,
    channel: createEventChannel(),
    acceptedAt: options.now,
    retries: 0,
    ranOn: undefined,
    startedAt: undefined,
    firstTokenAt: undefined,
    tokensIn: 0,
    tokensOut: 0,
    cachedTokens: 0,
  };
}

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

/** What is told of a request that ended; `end` is its last event or what it failed with. */
export function requestFinished(
  request: ServiceRequest,
  of: DeploymentRef,
  end: { event: Extract<GenerationEvent, { kind: 'finished' }> } | { error: unknown },
  now: number,
): RequestFinished {
  const startedAt = request.startedAt ?? now;
  const code = 'error' in end && isFlotillaError(end.error) ? end.error.code : undefined;
  return {
    ...of,
    outcome:
      'event' in end ? end.event.reason : code === 'aborted' || request.signal.aborted ? 'aborted' : 'failed',
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

function decodeSpeed(request: ServiceRequest, now: number): number | undefined {
  if (request.firstTokenAt === undefined || request.tokensOut < 2) return undefined;
  const elapsed = now - request.firstTokenAt;
  return elapsed <= 0 ? undefined : ((request.tokensOut - 1) * 1_000) / elapsed;
}
