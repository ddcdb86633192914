import type { ChildProcess } from 'node:child_process';
import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import { fromEngineProblem } from './engine-problem.ts';
import { tailOf } from './engine-program.ts';
import type { EngineExit, EngineInfo } from './engine.ts';
import { createEventChannel, type EventChannel } from './event-channel.ts';
import { EngineReport, type EngineCommand, type RequestEvent } from './protocol.ts';

interface Running {
  channel: EventChannel;
  tokensProduced: number;
}

interface Asked {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

export type EngineLink = ReturnType<typeof linkTo>;

/** The conversation with one engine process: who waits for what, and what they hear when it ends. */
export function linkTo(child: ChildProcess, { onProgress }: { onProgress?: (share: number) => void } = {}) {
  const running = new Map<number, Running>();
  const asked = new Map<number, Asked>();
  const stderr = tailOf(child);
  const loading = Promise.withResolvers<EngineInfo>();
  const exit = Promise.withResolvers<EngineExit>();
  // Who does not await them must not see an unhandled rejection.
  loading.promise.catch(() => undefined);
  let ended: EngineExit | undefined;
  let stopping = false;
  let nextId = 1;

  function crashed(tokensProduced: number): FlotillaError {
    const how = ended === undefined || ended.signal === null ? `code ${ended?.code ?? '?'}` : ended.signal;
    return new FlotillaError('engine-crashed', `The engine process ended (${how}).`, {
      details: { tokensProduced },
    });
  }

  function onEvent(event: RequestEvent): void {
    const request = running.get(event.id);
    if (request === undefined) return;
    if (event.kind === 'failed') {
      running.delete(event.id);
      request.channel.fail(fromEngineProblem(event.problem));
      return;
    }
    if (event.kind === 'text') request.tokensProduced += event.tokens;
    if (event.kind === 'finished') running.delete(event.id);
    request.channel.push(event);
  }

  function onReport(report: EngineReport): void {
    switch (report.type) {
      case 'loading':
        onProgress?.(report.share);
        break;
      case 'ready':
        loading.resolve(report.info);
        break;
      case 'load-failed':
        loading.reject(fromEngineProblem(report.problem));
        break;
      case 'step':
        for (const event of report.events) onEvent(event);
        break;
      case 'reply':
        asked.get(report.id)?.resolve(report.value);
        asked.delete(report.id);
        break;
      case 'refusal':
        asked.get(report.id)?.reject(fromEngineProblem(report.problem));
        asked.delete(report.id);
        break;
    }
  }

  function onEnd(code: number | null, signal: NodeJS.Signals | null): void {
    if (ended !== undefined) return;
    ended = { expected: stopping, code, signal, log: stderr() };
    const how = signal ?? `code ${code ?? '?'}`;
    loading.reject(
      new FlotillaError(
        'load-failed',
        [`The engine process ended while loading (${how}).`, ...ended.log].join('\n'),
        { details: { log: ended.log } },
      ),
    );
    for (const request of running.values()) request.channel.fail(crashed(request.tokensProduced));
    for (const question of asked.values()) question.reject(crashed(0));
    running.clear();
    asked.clear();
    exit.resolve(ended);
  }

  child.on('message', (message) => {
    const report = EngineReport.safeParse(message);
    // A process that talks nonsense is not to be trusted with requests; its end is handled like any other.
    if (report.success) onReport(report.data);
    else child.kill('SIGKILL');
  });
  child.on('close', onEnd);
  child.on('error', () => onEnd(child.exitCode, child.signalCode));

  /** Throws what cannot be written as JSON. */
  function send(command: EngineCommand): void {
    if (child.connected) child.send(command, () => undefined);
  }

  return {
    loaded: loading.promise,
    exited: exit.promise,
    send,
    open(request: GenerationRequest): { id: number; channel: EventChannel } {
      const id = nextId++;
      const channel = createEventChannel();
      if (ended === undefined && !stopping) {
        running.set(id, { channel, tokensProduced: 0 });
        try {
          send({ type: 'generate', id, request });
        } catch (cause) {
          running.delete(id);
          channel.fail(unsendable(cause));
        }
      } else channel.fail(crashed(0));
      return { id, channel };
    },
    cancel(id: number): void {
      if (running.delete(id)) send({ type: 'cancel', id });
    },
    /** Aborting the signal tells the engine to stop the work and rejects with `aborted`. */
    ask(make: (id: number) => EngineCommand, signal?: AbortSignal): Promise<unknown> {
      if (ended !== undefined || stopping) return Promise.reject(crashed(0));
      if (signal?.aborted === true) return Promise.reject(cancelled(signal));
      const id = nextId++;
      const answer = Promise.withResolvers<unknown>();
      const cancel = (): void => {
        if (!asked.delete(id)) return;
        send({ type: 'cancel', id });
        if (signal !== undefined) answer.reject(cancelled(signal));
      };
      asked.set(id, answer);
      signal?.addEventListener('abort', cancel, { once: true });
      try {
        send(make(id));
      } catch (cause) {
        asked.delete(id);
        answer.reject(unsendable(cause));
      }
      return answer.promise.finally(() => signal?.removeEventListener('abort', cancel));
    },
    stopping(): boolean {
      const first = !stopping;
      stopping = true;
      return first;
    },
    hasEnded: () => ended !== undefined,
    pending: () => running.size + asked.size,
  };
}

function unsendable(cause: unknown): FlotillaError {
  return new FlotillaError('internal', 'The request could not be handed to the engine process.', { cause });
}

function cancelled(signal: AbortSignal): FlotillaError {
  return new FlotillaError('aborted', 'It was cancelled.', { cause: signal.reason });
}
