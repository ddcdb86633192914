import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { engineEnvironment } from './engine-environment.ts';

/** Programs that run apart from the supervisor, because a native abort cannot be caught and a loaded model cannot be given back. */
export type EngineProgram = 'main' | 'measure-threads';

/**
 * `--expose-gc` is for `collectSamplers`. A small young generation: reading the header of a model with 150,000 tokens left
 * V8 with 60 MB that it kept (measured).
 */
const NODE_FLAGS = ['--expose-gc', '--max-semi-space-size=4'];
const SOURCE_FLAGS = ['--conditions=@flotilla/source', '--disable-warning=ExperimentalWarning'];

/**
 * Starts one of the programs of `engine-process/`.
 *
 * Works from source (types are stripped, workspace packages resolve to their source) and from `dist`.
 * Its output is dropped but for the last lines of stderr, which say why a native abort happened.
 */
export function forkEngineProgram(program: EngineProgram): ChildProcess {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = new URL(`./engine-process/${program}${fromSource ? '.ts' : '.js'}`, import.meta.url);
  return fork(fileURLToPath(entry), [], {
    execArgv: fromSource ? [...NODE_FLAGS, ...SOURCE_FLAGS] : NODE_FLAGS,
    env: engineEnvironment(process.env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'json',
    windowsHide: true,
  });
}

/** A frame of the stack that llama.cpp prints when it aborts, as glibc writes it: twenty of them hide the reason. */
const STACK_FRAME = /\[0x[0-9a-f]+\]$/;

/** Collects the last lines a process wrote to stderr, without stacks. */
export function tailOf(child: ChildProcess, limit = 20): () => string[] {
  const lines: string[] = [];
  let open = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (open + text).split('\n');
    open = (parts.pop() ?? '').slice(-2_000);
    lines.push(...parts.filter((line) => line.trim() !== '' && !STACK_FRAME.test(line)));
    lines.splice(0, Math.max(0, lines.length - limit));
  });
  return () => (open.trim() === '' ? [...lines] : [...lines, open]);
}
