#!/usr/bin/env node
// `npm run gpu -- cuda` (or vulkan): brings the engine's GPU binaries, which a plain install leaves out (up to 540 MB).
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, NODE, ROOT } from './bootstrap.mjs';

const PACKAGES = {
  'linux-x64': { cuda: ['linux-x64-cuda', 'linux-x64-cuda-ext'], vulkan: ['linux-x64-vulkan'] },
  'win32-x64': { cuda: ['win-x64-cuda', 'win-x64-cuda-ext'], vulkan: ['win-x64-vulkan'] },
};

/** A GPU that the binaries hold no machine code for is served by the driver's compiler, and an older one refuses. */
const FIX = {
  cuda: 'Update the driver (these were built with CUDA 13.1), or try `npm run gpu -- vulkan`, or build them here with the CUDA toolkit: `npx node-llama-cpp source build --gpu cuda`.',
  vulkan: 'Install the Vulkan driver of the GPU; `vulkaninfo --summary` must list it.',
};

const [backend] = process.argv.slice(2);
const here = `${process.platform}-${process.arch}`;
const packages = PACKAGES[here]?.[backend];
if (backend !== 'cuda' && backend !== 'vulkan') {
  console.error(
    'usage: npm run gpu -- cuda|vulkan\n\nOn a Mac with Apple silicon Metal comes with the plain install.',
  );
  process.exit(2);
}
if (packages === undefined) {
  console.error(
    `node-llama-cpp ships no ${backend} binaries for ${here}: build them on site with \`npx node-llama-cpp source build --gpu ${backend}\`.`,
  );
  process.exit(1);
}
await ensureInstalled();
const { version } = JSON.parse(
  readFileSync(join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json'), 'utf8'),
);
const folder = mkdtempSync(join(tmpdir(), 'flotilla-gpu-'));
try {
  for (const name of packages) {
    console.log(`Fetching @node-llama-cpp/${name}@${version} ...`);
    run('npm', ['pack', `@node-llama-cpp/${name}@${version}`, '--pack-destination', folder]);
    const [archive] = readdirSync(folder);
    const target = join(ROOT, 'node_modules', '@node-llama-cpp', name);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    run('tar', ['-xzf', join(folder, archive), '--strip-components=1', '-C', target]);
    rmSync(join(folder, archive));
  }
  console.log('Computing a few tokens with them ...');
  const reason = whyItCannotCompute();
  if (reason === undefined) {
    console.log('The engine uses it from its next start. A fresh install takes it out again.');
  } else if (/out of memory/i.test(reason)) {
    console.log(`They could not be tried, since the GPU is full: ${reason}`);
  } else {
    for (const name of packages)
      rmSync(join(ROOT, 'node_modules', '@node-llama-cpp', name), { recursive: true, force: true });
    console.error(`${backend} cannot be used here, and was taken out again: ${reason}\n${FIX[backend]}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Undefined where it computes; a process apart, because the backend aborts the one it is in. */
function whyItCannotCompute() {
  const { status, signal, stdout, stderr, error } = spawnSync(
    NODE,
    [join(ROOT, 'tools', 'workspace', 'check-gpu.mjs'), backend],
    { encoding: 'utf8', timeout: 300_000 },
  );
  if (status === 0) {
    console.log(`${backend} computes on ${stdout.trim()}.`);
    return undefined;
  }
  if (stderr.includes('NoBinaryFoundError')) return 'no driver for it was found';
  const said = stderr.split('\n').find((line) => /error: |Error: /i.test(line));
  return (said ?? error?.message ?? `the check ended with ${signal ?? `code ${status}`}`).trim();
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}
