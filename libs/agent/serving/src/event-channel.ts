import type { GenerationEvent } from './engine.ts';

/** A queue of one generation's events between the engine and whoever reads them. */
export interface EventChannel {
  push(event: GenerationEvent): void;
  fail(error: unknown): void;
  events(): AsyncGenerator<GenerationEvent, void>;
}

/**
 * Never blocks the writer. Text that nobody has read yet is merged into one event, so a reader that is
 * slow costs the text of its own answer, which the context bounds, and delays nobody.
 */
export function createEventChannel(): EventChannel {
  const queue: GenerationEvent[] = [];
  let failure: { error: unknown } | undefined;
  let wake: (() => void) | undefined;

  function notify(): void {
    wake?.();
    wake = undefined;
  }

  return {
    push(event) {
      const last = queue.at(-1);
      if (event.kind === 'text' && last?.kind === 'text') {
        queue[queue.length - 1] = {
          kind: 'text',
          text: last.text + event.text,
          tokens: last.tokens + event.tokens,
          ...(event.logprobs === undefined && last.logprobs === undefined
            ? {}
            : { logprobs: [...(last.logprobs ?? []), ...(event.logprobs ?? [])] }),
        };
      } else {
        queue.push(event);
      }
      notify();
    },
    fail(error) {
      failure ??= { error };
      notify();
    },
    async *events() {
      for (;;) {
        const event = queue.shift();
        if (event !== undefined) {
          yield event;
          if (event.kind === 'finished') return;
          continue;
        }
        if (failure !== undefined) throw failure.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
