import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { linkTo, type EngineLink } from './engine-link.ts';
import { forkEngineProgram } from './engine-program.ts';
import {
  Embeddings,
  EngineSpec,
  EngineStats,
  Ranking,
  type Engine,
  type EngineInfo,
  type StartEngine,
} from './engine.ts';

const STOP_GRACE_MS = 1_000;
/** A killed process that waits for a dead disk stays until the disk answers; nobody waits for it longer than this. */
const KILL_GRACE_MS = 5_000;

/** Starts an engine process and waits until its model is loaded. */
export const startForkedEngine: StartEngine = async (spec, { signal, onProgress, onForked }) => {
  signal.throwIfAborted();
  const child = forkEngineProgram('main');
  const link = linkTo(child, { onProgress });
  const abandoned = Promise.withResolvers<never>();
  const abandon = (): void => {
    child.kill('SIGKILL');
    setTimeout(abandoned.reject, KILL_GRACE_MS, signal.reason).unref();
  };
  signal.addEventListener('abort', abandon, { once: true });
  if (child.pid !== undefined) onForked?.(child.pid);
  try {
    link.send({ type: 'load', spec: EngineSpec.parse(spec) });
    const info = await Promise.race([link.loaded, abandoned.promise]);
    return createEngine({ spec, info, child, link });
  } catch (error) {
    child.kill('SIGKILL');
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abandon);
  }
};

function createEngine({
  spec,
  info,
  child,
  link,
}: {
  spec: EngineSpec;
  info: EngineInfo;
  child: ChildProcess;
  link: EngineLink;
}): Engine {
  return {
    spec,
    info,
    exited: link.exited,
    get hasExited() {
      return link.hasEnded();
    },
    get pending() {
      return link.pending();
    },
    async *generate(request, { signal }) {
      signal.throwIfAborted();
      const { id, channel } = link.open(request);
      const cancel = (): void => {
        link.cancel(id);
        channel.fail(new FlotillaError('aborted', 'The generation was cancelled.', { cause: signal.reason }));
      };
      signal.addEventListener('abort', cancel, { once: true });
      try {
        yield* channel.events();
      } finally {
        signal.removeEventListener('abort', cancel);
        link.cancel(id);
      }
    },
    async countTokens(request) {
      return z.int().parse(await link.ask((id) => ({ type: 'count-tokens', id, request })));
    },
    async renderPrompt(request) {
      return z.string().parse(await link.ask((id) => ({ type: 'render-prompt', id, request })));
    },
    async tokenize(text, { special = false } = {}) {
      return z.array(z.int()).parse(await link.ask((id) => ({ type: 'tokenize', id, text, special })));
    },
    async detokenize(tokens) {
      return z.string().parse(await link.ask((id) => ({ type: 'detokenize', id, tokens: [...tokens] })));
    },
    async embed({ inputs }, { signal }) {
      const values = inputs.map((input) => (typeof input === 'string' ? input : [...input]));
      return Embeddings.parse(await link.ask((id) => ({ type: 'embed', id, inputs: values }), signal));
    },
    async rank({ query, documents }, { signal }) {
      return Ranking.parse(
        await link.ask((id) => ({ type: 'rank', id, query, documents: [...documents] }), signal),
      );
    },
    async sideBytes(kind) {
      return z.number().parse(await link.ask((id) => ({ type: 'side-bytes', id, kind })));
    },
    async closeSide(kind) {
      return z.boolean().parse(await link.ask((id) => ({ type: 'close-side', id, kind })));
    },
    async stats() {
      return EngineStats.parse(await link.ask((id) => ({ type: 'stats', id })));
    },
    async stop() {
      if (link.stopping() && !link.hasEnded()) {
        link.send({ type: 'stop' });
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
        await link.exited;
        clearTimeout(timer);
      }
      if (!link.hasEnded()) await once(child, 'close');
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
