#!/usr/bin/env node
// `npm run gpu -- cuda` (or vulkan): brings the engine's GPU binaries, which a plain install leaves out (up to 540 MB).
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, ROOT } from './bootstrap.mjs';

const PACKAGES = {
  'linux-x64': { cuda: ['linux-x64-cuda', 'linux-x64-cuda-ext'], vulkan: ['linux-x64-vulkan'] },
  'win32-x64': { cuda: ['win-x64-cuda', 'win-x64-cuda-ext'], vulkan: ['win-x64-vulkan'] },
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
ensureInstalled();
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
  console.log(
    `The engine can use ${backend} now; \`flotilla-agent doctor\` shows what it sees. A fresh install removes it again.`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}
