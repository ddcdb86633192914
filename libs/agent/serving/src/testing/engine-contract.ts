import { isFlotillaError } from '@flotilla/contracts';
import type { GenerationRequest } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import { collectGeneration } from '../collect.ts';
import type { Engine } from '../engine.ts';

/** A request for the contract suite; the text is the only message. */
export function askFor(text: string, maxTokens?: number): GenerationRequest {
  return {
    messages: [{ role: 'user', content: text }],
    tools: [],
    stop: [],
    sampling: { temperature: 0 },
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}

/** What a generation failed with; fails the test when it did not. */
export async function failureOf(
  work: Promise<unknown>,
): Promise<{ code: string; details: Record<string, unknown>; retryable: boolean }> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome) || !isFlotillaError(outcome.error))
    throw new TypeError('expected a FlotillaError', { cause: outcome });
  return { code: outcome.error.code, details: outcome.error.details, retryable: outcome.error.retryable };
}

const never = (): AbortSignal => new AbortController().signal;

/**
 * What every engine promises, real or fake. Needs at least two sequences and a context of at most 2,048 tokens.
 */
export function describeEngineContract(
  name: string,
  start: () => Promise<Engine>,
  kill: (engine: Engine) => void,
): void {
  describe(name, () => {
    async function withEngine(check: (engine: Engine) => Promise<void>): Promise<void> {
      const engine = await start();
      try {
        await check(engine);
      } finally {
        await engine.stop();
      }
    }

    it('says that it started, gives text, and ends with how and how much', async () =>
      withEngine(async (engine) => {
        const kinds: string[] = [];
        let tokens = 0;
        for await (const event of engine.generate(askFor('one two three four', 3), { signal: never() })) {
          kinds.push(event.kind);
          if (event.kind === 'text') tokens += event.tokens;
          if (event.kind === 'finished') expect(event.usage.completionTokens).toBe(tokens);
        }
        expect([kinds[0], kinds.at(-1)]).toEqual(['started', 'finished']);
        expect(tokens).toBeGreaterThan(0);
      }));

    it('ends with length at the asked number of tokens', async () =>
      withEngine(async (engine) => {
        const answer = await collectGeneration(
          engine.generate(askFor('one two three four', 2), { signal: never() }),
        );
        expect([answer.reason, answer.usage.completionTokens]).toEqual(['length', 2]);
      }));

    it('refuses a prompt over the context with both numbers', async () =>
      withEngine(async (engine) => {
        const prompt = 'word '.repeat(engine.info.contextTokens * 2);
        const { code, details } = await failureOf(
          collectGeneration(engine.generate(askFor(prompt), { signal: never() })),
        );
        expect(code).toBe('context-length-exceeded');
        expect(details['contextTokens']).toBe(engine.info.contextTokens);
        expect(details['promptTokens']).toBeGreaterThan(engine.info.contextTokens);
      }));

    it('ends a cancelled generation with aborted and takes the next one', async () =>
      withEngine(async (engine) => {
        const cancel = new AbortController();
        const failure = failureOf(
          (async () => {
            for await (const event of engine.generate(askFor('one two three four five six', 500), {
              signal: cancel.signal,
            })) {
              if (event.kind === 'started') cancel.abort();
            }
          })(),
        );
        expect((await failure).code).toBe('aborted');
        expect(
          (await collectGeneration(engine.generate(askFor('one two', 1), { signal: never() }))).usage
            .completionTokens,
        ).toBe(1);
      }));

    it('fails what runs with a retryable error when its process dies, and says that it exited', async () => {
      const engine = await start();
      const failure = failureOf(
        (async () => {
          for await (const event of engine.generate(askFor('one two three four five six', 500), {
            signal: never(),
          })) {
            if (event.kind === 'started') kill(engine);
          }
        })(),
      );
      const { code, retryable, details } = await failure;
      expect([code, retryable]).toEqual(['engine-crashed', true]);
      expect(details['tokensProduced']).toBeTypeOf('number');
      expect((await engine.exited).expected).toBe(false);
      expect(engine.hasExited).toBe(true);
    });

    it('exits as expected when it is stopped, and may be stopped again', async () => {
      const engine = await start();
      await engine.stop();
      await engine.stop();
      expect((await engine.exited).expected).toBe(true);
    });
  });
}
