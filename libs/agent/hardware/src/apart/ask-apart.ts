import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

import { ApartAnswers, type ApartAnswer, type ApartQuestion } from './question.ts';

/** Source runs as .ts through type stripping, an installed package as .js. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(new URL(FROM_SOURCE ? './apart-child.ts' : './apart-child.js', import.meta.url));

/**
 * Asks the machine something in a process that ends with the answer. The threads that measure bandwidth leave some 15 MB
 * behind in the process they ran in, and systeminformation, read once for the list of graphics controllers, 5 MB.
 *
 * Aborting ends the process, and rejects with the signal's reason. Throws `internal` when it ends without an answer.
 */
export async function askApart<Question extends ApartQuestion>(
  question: Question,
  signal: AbortSignal,
): Promise<ApartAnswer<Question['ask']>> {
  signal.throwIfAborted();
  const Message = z.object({ answered: ApartAnswers[question.ask] });
  const child = fork(CHILD, {
    execArgv: FROM_SOURCE ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    windowsHide: true,
  });
  const answered = Promise.withResolvers<ApartAnswer<Question['ask']>>();
  const fail = (reason: string): void =>
    answered.reject(
      new FlotillaError('internal', `The process that was asked for ${question.ask} ${reason}.`),
    );
  const onAbort = (): void => answered.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  child.on('error', answered.reject);
  child.once('exit', (code, killedBy) => fail(`ended (${killedBy ?? `exit code ${code}`})`));
  child.once('message', (message) => {
    const told = Message.safeParse(message);
    if (told.success) answered.resolve(told.data.answered as ApartAnswer<Question['ask']>);
    else fail('answered something that is not understood');
  });
  // A child that is gone is told of by its exit.
  child.send(question, () => undefined);
  try {
    return await answered.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  }
}
