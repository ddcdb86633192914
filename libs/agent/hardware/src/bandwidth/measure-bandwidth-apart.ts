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
 * as long as that lives. Aborting ends the process, and rejects with the signal's reason.
 */
export async function measureBandwidthApart({
  threads,
  availableBytes,
  signal,
}: MeasureBandwidthOptions & { signal: AbortSignal }): Promise<number> {
  signal.throwIfAborted();
  const child = fork(CHILD, {
    execArgv: FROM_SOURCE ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
  });
  const measured = Promise.withResolvers<number>();
  const fail = (reason: string): void =>
    measured.reject(new FlotillaError('internal', `The measurement of memory bandwidth ${reason}.`));
  const onAbort = (): void => measured.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  child.on('error', measured.reject);
  child.once('exit', (code, killedBy) => fail(`ended (${killedBy ?? `exit code ${code}`})`));
  child.once('message', (message) => {
    const answer = Answer.safeParse(message);
    if (answer.success) measured.resolve(answer.data.bytesPerSecond);
    else fail('is not understood');
  });
  // A child that is gone is told of by its exit.
  child.send({ threads, availableBytes }, () => undefined);
  try {
    return await measured.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  }
}
