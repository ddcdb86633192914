import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { FlotillaError } from '@flotilla/contracts';
import { systemClock } from '@flotilla/kernel';
import { engineOverheadBytes } from '@flotilla/sizing';

import { InspectAnswer, type InspectRequest } from './inspect-message.ts';
import type { EngineDevices, Estimate, InspectModel } from './inspection.ts';

const DEADLINE_MS = 60_000;

/**
 * What a file is, and its memory by the engine's own simulation, in a child process that ends with the answer; what an
 * adapter takes, of which that simulation knows nothing, is added. This process opens none of the files.
 */
export const inspectModel: InspectModel = async ({
  path,
  adapterPath,
  configurations,
  withinTraining,
  deadlineMs,
  signal,
}) => {
  const request = { path, adapterPath, configurations: [...configurations], withinTraining };
  const { devices, model, ...answer } = await askChild({ request, deadlineMs, signal });
  if (model === undefined) throw crashed(request, 'it says nothing of the model');
  const { facts, bytes, pooling, adapter, isArchitectureKnown } = model;
  if (!isArchitectureKnown) {
    throw new FlotillaError(
      'gguf-invalid',
      `The engine does not know the architecture ${facts.architecture}.`,
      {
        details: { about: path, fix: 'Use an agent with a newer engine, or another model.' },
      },
    );
  }
  const overheadBytes = engineOverheadBytes({ facts, bytes, arch: process.arch });
  const estimates = answer.estimates.map(({ configuration, ...estimated }): Estimate => {
    if (estimated.weightsBytes === undefined || estimated.contextBytes === undefined) {
      return {
        configuration,
        available: false,
        reason: estimated.unavailable ?? 'the engine gave no number',
      };
    }
    const weightsBytes = estimated.weightsBytes + adapter.weightsBytes;
    const contextBytes = estimated.contextBytes + adapter.bytesPerBatchToken * configuration.batchTokens;
    const totalBytes = weightsBytes + contextBytes + overheadBytes;
    return { configuration, available: true, need: { weightsBytes, contextBytes, totalBytes } };
  });
  return { ...devices, facts, pooling, estimates };
};

/** The engine's release and the GPUs it can use, by the same child. */
export async function inspectEngine(
  options: { deadlineMs?: number; signal?: AbortSignal } = {},
): Promise<EngineDevices> {
  return (await askChild({ request: { configurations: [] }, ...options })).devices;
}

type Inspected = Extract<InspectAnswer, { kind: 'inspected' }>;

/** Source runs as .ts through type stripping, an installed package as .js. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const CHILD = fileURLToPath(
  new URL(FROM_SOURCE ? './inspect-child.ts' : './inspect-child.js', import.meta.url),
);
const STDERR_KEPT = 2000;

function askChild({
  request,
  deadlineMs = DEADLINE_MS,
  signal,
}: {
  request: InspectRequest;
  deadlineMs?: number;
  signal?: AbortSignal;
}): Promise<Inspected> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, {
      execArgv: FROM_SOURCE ? ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      windowsHide: true,
    });
    let stderr = '';
    child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_KEPT)));
    const finish = (settle: () => void): void => {
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
      child.removeAllListeners();
      child.once('error', () => undefined); // a kill that comes too late is no news
      child.kill('SIGKILL');
      settle();
    };
    const fail = (error: unknown): void =>
      finish(() => reject(error instanceof Error ? error : new FlotillaError('aborted', String(error))));
    const onAbort = (): void => fail(signal?.reason);
    const deadline = systemClock.setTimeout(() => {
      const about = request.path ?? 'the engine';
      fail(
        new FlotillaError('timeout', `Inspecting ${about} took more than ${deadlineMs} ms.`, {
          details: { about },
        }),
      );
    }, deadlineMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    child.once('error', (cause) => fail(crashed(request, cause.message, cause)));
    child.once('exit', (code, killedBy) => {
      fail(
        crashed(request, `${killedBy ?? `exit code ${code}`}${stderr === '' ? '' : `: ${stderr.trim()}`}`),
      );
    });
    child.once('message', (message) => {
      const answer = InspectAnswer.safeParse(message);
      if (!answer.success) fail(crashed(request, 'its answer is not understood'));
      else if (answer.data.kind === 'refused') fail(refused(request, answer.data));
      else if (answer.data.kind === 'failed') fail(unreadable(request, answer.data.reason));
      else {
        const { data } = answer;
        finish(() => resolve(data));
      }
    });
    child.send(request);
  });
}

function crashed(request: InspectRequest, reason: string, cause?: unknown): FlotillaError {
  const about = request.path ?? 'the engine';
  return new FlotillaError('engine-crashed', `Inspecting ${about} ended its process (${reason}).`, {
    cause,
    details: { about },
  });
}

function refused(
  { path }: InspectRequest,
  { message, fix }: { message: string; fix?: string },
): FlotillaError {
  return new FlotillaError('gguf-invalid', message, { details: { about: path, fix } });
}

function unreadable({ path }: InspectRequest, reason: string): FlotillaError {
  if (path === undefined) {
    return new FlotillaError('missing-tool', `The engine cannot be loaded: ${reason}.`, {
      details: {
        fix: 'Reinstall the agent on a system that its engine supports (glibc 2.34 or newer on Linux).',
      },
    });
  }
  return new FlotillaError('gguf-invalid', `The engine cannot read ${path}: ${reason}.`, {
    details: { about: path },
  });
}
