import type { GenerationRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { withDefaults } from './deployment.ts';
import { createEventChannel, type EventChannel } from './event-channel.ts';
import type { Engine, GenerationEvent, SideContextKind } from './engine.ts';
import { noteEvent, type RequestWork } from './service-request.ts';

/** A generation: every event is handed on as it comes, at the pace of the engine, never of the reader. */
export function generationWork({
  request,
  clock,
}: {
  request: GenerationRequest;
  clock: Clock;
}): RequestWork & { channel: EventChannel } {
  const channel = createEventChannel();
  return {
    channel,
    async run(on, engine, running) {
      let last: Extract<GenerationEvent, { kind: 'finished' }> | undefined;
      for await (const event of engine.generate(withDefaults(request, on.deployment.defaults), {
        signal: running.signal,
      })) {
        noteEvent(running, event, clock.monotonic());
        if (event.kind === 'finished') last = event;
        // A retried request has said already that it started.
        else if (event.kind === 'text' || running.retries === 0) channel.push(event);
      }
      if (last === undefined)
        throw new FlotillaError('internal', 'The engine ended a generation without saying how.');
      channel.push(last);
      return last.reason;
    },
    side: ({ info }) => (request.adapter === false && info.hasAdapter ? 'base' : undefined),
    fail: (error) => channel.fail(error),
  };
}

/** A question with one answer, such as vectors of texts, on a context of its own. `tokens`: how many were read for it. */
export function questionWork<Answer>(
  side: SideContextKind,
  ask: (engine: Engine, signal: AbortSignal) => Promise<{ answer: Answer; tokens: number }>,
): RequestWork & { answer: Promise<Answer> } {
  const settled = Promise.withResolvers<Answer>();
  // Whoever asked may be gone by the time it fails.
  settled.promise.catch(() => undefined);
  return {
    answer: settled.promise,
    async run(_, engine, running) {
      const { answer, tokens } = await ask(engine, running.signal);
      running.tokensIn = tokens;
      settled.resolve(answer);
      return 'stop';
    },
    // The refusal of what the model cannot do needs no memory.
    side: ({ info }) => (side === 'ranking' && (!info.isReranker || info.hasAdapter) ? undefined : side),
    fail: (error) => settled.reject(error),
  };
}
