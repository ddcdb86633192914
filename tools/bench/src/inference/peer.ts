import { spawn } from 'node:child_process';
import { freePort, waitFor } from '@flotilla/testkit';
import { FlotillaError } from '@flotilla/contracts';
import type { Target, TargetShape } from './target.ts';

/** A llama-server that somebody else started: its memory and processor time are not known. */
export function peerAt(url: string): Target {
  return { name: 'peer', baseUrl: url.replace(/\/+$/, ''), model: 'peer', pids: [], stop: async () => {} };
}

/** Starts llama-server on the same file, with the same threads, context, sequences and batch as the engine beside it. */
export async function startPeer({
  program,
  modelPath,
  shape,
}: {
  program: string;
  modelPath: string;
  shape: TargetShape;
}): Promise<Target> {
  const port = await freePort();
  const args = {
    model: modelPath,
    host: '127.0.0.1',
    port,
    parallel: shape.sequences,
    'ctx-size': shape.contextTokens * shape.sequences,
    'batch-size': shape.batchTokens,
    'ubatch-size': shape.batchTokens,
    threads: shape.threads,
    'threads-batch': shape.threads,
    // It keeps up to 8 GiB of old prompts in memory by default, and we do not.
    'cache-ram': 0,
  };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const child = spawn(program, flags, { stdio: 'ignore' });
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  let ended = false;
  child.once('error', () => (ended = true));
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      ended = true;
      process.off('exit', killWithUs);
      resolve();
    });
  });
  const baseUrl = `http://127.0.0.1:${port}`;
  await waitFor(
    async () => {
      if (ended) return true;
      return (await fetch(`${baseUrl}/health`)).ok;
    },
    { what: 'llama-server is ready', deadlineMs: 300_000, everyMs: 100 },
  );
  if (ended || child.pid === undefined) {
    throw new FlotillaError('internal', `${program} ended before it served.`, {
      details: { fix: `Try it by hand: ${program} ${flags.join(' ')}` },
    });
  }
  return {
    name: 'peer',
    baseUrl,
    model: 'peer',
    pids: [child.pid],
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      if (!ended) await exited;
      clearTimeout(late);
    },
  };
}
