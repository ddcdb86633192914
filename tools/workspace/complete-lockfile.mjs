#!/usr/bin/env node
// Completes package-lock.json with the engine binaries of platforms this machine cannot fetch.
// npm leaves an optional package out of the lockfile when the registry at hand lacks that very version, and `npm ci`
// then refuses the lockfile everywhere. An entry without an integrity hash is skipped on other platforms and fetched on its own.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCKFILE = new URL('../../package-lock.json', import.meta.url);
const PLATFORMS = {
  'linux-riscv64': { os: ['linux'], cpu: ['riscv64'] },
  'mac-arm64-metal': { os: ['darwin'], cpu: ['arm64', 'x64'] },
  'mac-x64': { os: ['darwin'], cpu: ['x64'] },
  'win-arm64': { os: ['win32'], cpu: ['arm64', 'x64'] },
  'win-x64': { os: ['win32'], cpu: ['x64'] },
};

const lock = JSON.parse(readFileSync(LOCKFILE, 'utf8'));
const { version } = lock.packages['node_modules/node-llama-cpp'];
for (const [platform, { os, cpu }] of Object.entries(PLATFORMS)) {
  lock.packages[`node_modules/@node-llama-cpp/${platform}`] ??= {
    version,
    cpu,
    license: 'MIT',
    optional: true,
    os,
  };
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(LOCKFILE, `${JSON.stringify(lock, null, 2)}\n`);
