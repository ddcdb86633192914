import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foundry-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Run = { code: number | null; stdout: string; stderr: string };

function run(program: string, ...args: string[]): Promise<Run> {
  const file = join(import.meta.dirname, `${program}.ts`);
  const child = spawn(process.execPath, ['--conditions=@flotilla/source', file, ...args]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

describe('foundry:synth', () => {
  it('writes a model and says how large it is, with progress on stderr only', async () => {
    const out = join(folder, 'tiny.gguf');
    const { code, stdout, stderr } = await run('synth', '--shape', 'tiny', '--out', out);
    expect(code).toBe(0);
    expect(stdout).toBe(`${out}: ${(await stat(out)).size} bytes, 1508480 parameters\n`);
    expect(stderr).toContain('100 %');
  });

  it('lists its shapes', async () => {
    const { stdout } = await run('synth', '--shape', 'list');
    expect(stdout).toMatch(/^qwen2.5-0.5b +494M/m);
  });

  it.each([
    [['--shape', 'nope'], '--shape nope is not known; use one of tiny'],
    [['--shape', 'tiny'], '--out is missing'],
    [['--shape', 'tiny', '--out', 'x', '--seed', '-1'], '--seed -1 must be a whole number'],
  ])('names the flag and the way out: %j', async (args, message) => {
    const { code, stderr } = await run('synth', ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('foundry:export and foundry:score', () => {
  it.each([
    ['export', ['none.flx', '--out', 'x.gguf'], 'none.flx cannot be opened'],
    ['export', ['none.flx'], '--out is missing'],
    ['score', ['--model', 'none.gguf', '--suite', 'known'], '--model none.gguf does not exist'],
    [
      'score',
      ['--model', import.meta.filename, '--suite', 'nope'],
      '--suite nope is not known; use known, held-out',
    ],
  ])('%s %j fails by name', async (program, args, message) => {
    const { code, stderr } = await run(program, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
