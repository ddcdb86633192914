import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

import type { MeasureBandwidthOptions } from './measure-bandwidth.ts';

/** Source runs as .ts through type stripping, an installed package as .js. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(
  new URL(FROM_SOURCE ? './bandwidth-child.ts' : './bandwidth-child.js', import.meta.url),
);
const Answer = z.object({ bytesPerSecond: z.number().positive() });

/**
 * `measureBandwidth` in a process that ends with it: its threads leave some 15 MB behind in the one they ran in, for
 * as long as that lives.
 */
export async function measureBandwidthApart({
  threads,
  availableBytes,
  signal,
}: Omit<MeasureBandwidthOptions, 'durationMs'>): Promise<number> {
  signal?.throwIfAborted();
  const child = fork(CHILD, {
    execArgv: FROM_SOURCE ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
  });
  const onAbort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, killedBy) => {
        reject(
          new FlotillaError(
            'internal',
            `The measurement of memory bandwidth ended (${killedBy ?? `exit code ${code}`}).`,
          ),
        );
      });
      child.once('message', (message) => {
        const answer = Answer.safeParse(message);
        if (answer.success) resolve(answer.data.bytesPerSecond);
        else reject(new FlotillaError('internal', 'The measurement of memory bandwidth is not understood.'));
      });
      child.send({ threads, availableBytes });
    });
  } finally {
    signal?.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  }
}
