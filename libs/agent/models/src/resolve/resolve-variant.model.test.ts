import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { DeviceFacts, Release } from '@flotilla/contracts';
import { systemClock } from '@flotilla/kernel';
import { estimateMemory, type EngineConfiguration } from '@flotilla/sizing';
import { tempFolder, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { fileGateway } from '../../test/file-gateway.ts';
import { makeMemoryGroup } from '../../test/memory-group.ts';
import { releaseOf, synthCandidate, type SynthCandidate } from '../../test/synth-candidates.ts';
import { inspectModel } from '../inspect/inspect-model.ts';
import { pullModel } from '../pull.ts';
import { createModelStore } from '../store/create-model-store.ts';
import type { ModelStore } from '../store/model-store.ts';
import { createMeasurementsFile } from './measurements-file.ts';
import type { ResolveVariantResult } from './resolved-variant.ts';
import { resolveVariant } from './resolve-variant.ts';

const run = promisify(execFile);
const MB = 1_000_000;
/** Bounds a hang on a busy machine; it says nothing about speed. */
const SLOW_MS = 300_000;
vi.setConfig({ testTimeout: SLOW_MS, hookTimeout: SLOW_MS });
const script = (name: string): string => fileURLToPath(new URL(`../../test/${name}`, import.meta.url));

let folder: TempFolder;
let large: SynthCandidate;
let middle: SynthCandidate;
let small: SynthCandidate;
let gateway: ReturnType<typeof fileGateway>;
let store: ModelStore;

beforeAll(async () => {
  folder = await tempFolder({ name: 'resolve' });
  const at = (name: string): string => folder.file(`${name}.gguf`);
  large = await synthCandidate({ shape: 'qwen2.5-0.5b', quant: 'q8_0', path: at('large') });
  middle = await synthCandidate({ shape: 'smollm2-360m', quant: 'q8_0', path: at('middle') });
  small = await synthCandidate({ shape: 'smollm2-135m', quant: 'q8_0', path: at('small') });
  gateway = fileGateway([large, middle, small]);
  store = createModelStore({ folder: folder.file('store'), reserveBytes: 0 });
});

afterAll(() => folder.remove());

const FACTS: DeviceFacts = {
  v: 1,
  at: 0,
  os: { platform: 'linux' },
  cpu: { arch: 'x64', cores: 4, usableCores: 4, instructionSets: [] },
  memory: { totalBytes: 8_000 * MB, availableBytes: 6_000 * MB },
  gpus: [],
  unknown: [],
};

let turn = 0;

function resolve({
  release,
  memoryCapBytes,
  facts = FACTS,
  failedDigests,
}: {
  release: Release;
  memoryCapBytes?: number;
  facts?: DeviceFacts;
  failedDigests?: string[];
}): Promise<ResolveVariantResult> {
  return resolveVariant({
    release,
    releaseDigest: 'f'.repeat(64),
    facts,
    policy: { memoryCapBytes },
    failedDigests,
    client: gateway,
    store,
    inspect: inspectModel,
    measurements: createMeasurementsFile({
      path: folder.file(`measured-${turn++}.json`),
      clock: systemClock,
    }),
    clock: systemClock,
    signal: AbortSignal.timeout(SLOW_MS),
  });
}

const largestFirst = (): Release => releaseOf([large.candidate, middle.candidate, small.candidate]);

/** The most memory that an engine process took with this model in this configuration. */
async function measure(path: string, configuration: EngineConfiguration, enter?: string): Promise<number> {
  const command = [process.execPath, '--conditions=@flotilla/source', script('measure-engine.ts'), path];
  const { stdout } = await (enter === undefined
    ? run(command[0] ?? '', [...command.slice(1), JSON.stringify(configuration)])
    : run('sh', ['-c', `${enter} "$@"`, 'sh', ...command, JSON.stringify(configuration)]));
  return Number(/peak (\d+)/.exec(stdout)?.[1]);
}

describe('choosing a variant by its own memory', () => {
  it.each([
    [1500, 'large'],
    [850, 'middle'],
    [500, 'small'],
  ] as const)(
    'takes under a cap of %i MB the %s one, whose engine then stays under it',
    async (cap, expected) => {
      const { resolution, choice } = await resolve({ release: largestFirst(), memoryCapBytes: cap * MB });
      const wanted = { large, middle, small }[expected];
      expect(resolution.candidates.map(({ reason }) => reason).join('\n')).toContain(
        `${cap} MB`.replace('1500 MB', '1.5 GB'),
      );
      expect(resolution.chosen).toBe(wanted.candidate.variant);
      if (choice === undefined) return expect.fail('nothing was chosen');
      const actual = await measure(wanted.path, choice.configuration);
      expect(actual).toBeLessThanOrEqual(choice.need.totalBytes);
      expect(choice.need.totalBytes).toBeLessThanOrEqual(cap * MB);
      // An estimate that is far too large would pass all of the above and waste the box.
      expect(actual).toBeGreaterThan(choice.need.totalBytes * 0.5);
    },
  );

  it('chooses nothing under a cap that even the smallest breaks, and says of each by how much', async () => {
    const { resolution, choice } = await resolve({ release: largestFirst(), memoryCapBytes: 120 * MB });
    expect(choice).toBeUndefined();
    for (const { verdict, constraint, reason } of resolution.candidates) {
      expect({ verdict, constraint }).toEqual({ verdict: 'rejected', constraint: 'memory' });
      expect(reason).toMatch(/needs .* at least .*, 120 MB may be used .*: .* short/);
    }
  });

  it('takes the first that fits: the other way round the smallest is chosen and nothing else is looked at', async () => {
    const release = releaseOf([small.candidate, middle.candidate, large.candidate]);
    const { resolution } = await resolve({ release, memoryCapBytes: 1500 * MB });
    expect(resolution.chosen).toBe(small.candidate.variant);
    expect(resolution.candidates.map(({ verdict }) => verdict)).toEqual(['chosen', 'not-tried', 'not-tried']);
  });

  it('fits a tighter box by a smaller batch, then fewer requests and a smaller cache, and says what was reduced', async () => {
    const release = releaseOf([large.candidate]);
    const seen: string[] = [];
    let cap = 1500 * MB;
    for (;;) {
      const { choice } = await resolve({ release, memoryCapBytes: cap });
      if (choice === undefined) break;
      const { sequences, kvType, batchTokens, contextTokens } = choice.configuration;
      seen.push(`${sequences} ${kvType} ${batchTokens}`);
      expect(contextTokens).toBe(release.intent.contextTokens);
      expect(choice.need.totalBytes).toBeLessThanOrEqual(cap);
      cap = choice.need.totalBytes - 1; // one byte less than what fitted
    }
    expect(seen.slice(0, 3)).toEqual(['4 f16 512', '4 f16 128', '2 f16 128']);
    expect(seen.at(-1)).toBe('1 q8_0 128');
  });

  it('does not try again what failed here before', async () => {
    const failedDigests = [large.candidate.digest];
    const { resolution } = await resolve({
      release: largestFirst(),
      memoryCapBytes: 1500 * MB,
      failedDigests,
    });
    expect(resolution.chosen).toBe(middle.candidate.variant);
    expect(resolution.candidates[0]).toMatchObject({ verdict: 'rejected', constraint: 'failed-before' });
  });

  it('looks at headers only: no byte of the weights of a rejected one is fetched', async () => {
    const own = fileGateway([large, middle, small]);
    gateway = own;
    store = createModelStore({ folder: folder.file('store-of-headers'), reserveBytes: 0 });
    const { choice } = await resolve({ release: largestFirst(), memoryCapBytes: 500 * MB });
    expect(choice?.candidate.variant).toBe(small.candidate.variant);
    expect(own.blobBytes.get(large.candidate.digest) ?? 0).toBe(0); // its weights alone are over the cap
    expect(own.blobBytes.get(middle.candidate.digest)).toBeLessThanOrEqual(8 * 1024 * 1024);
    // The header is the beginning of the model: the pull goes on from it.
    const model = small.candidate;
    await pullModel({ model, client: own, store, signal: AbortSignal.timeout(60_000) });
    expect(own.blobBytes.get(model.digest)).toBe(model.bytes);
  });

  it('agrees with the arithmetic of the control plane within a fifth', async () => {
    const configuration: EngineConfiguration = {
      contextTokens: 1024,
      sequences: 2,
      batchTokens: 512,
      kvType: 'f16',
    };
    for (const { path, candidate } of [large, middle, small]) {
      const { estimates } = await inspectModel({ path, configurations: [configuration] });
      const [simulated] = estimates;
      if (simulated?.available !== true) return expect.fail('no estimate');
      const { totalBytes } = estimateMemory({
        bytes: candidate.bytes,
        facts: candidate.facts,
        configuration,
      });
      expect(totalBytes / simulated.need.totalBytes).toBeGreaterThan(0.95);
      expect(totalBytes / simulated.need.totalBytes).toBeLessThan(1.2);
    }
  });
});

describe('a control group with a memory limit', () => {
  const probe = makeMemoryGroup(2_000 * MB);
  probe?.remove();

  it.skipIf(probe === undefined)(
    'makes the agent inside it choose the smaller model, whose engine lives inside the same limit',
    async () => {
      const limit = 760 * MB;
      const group = makeMemoryGroup(limit);
      if (group === undefined) return expect.fail('the group could be made a moment ago');
      try {
        const job = folder.file('job.json');
        const files = [large, middle, small].map(({ candidate, path, manifestBytes }) => ({
          candidate,
          path,
          manifest: Buffer.from(manifestBytes).toString('base64'),
        }));
        await writeFile(job, JSON.stringify({ folder: folder.path, release: largestFirst(), files }));
        const command = [
          process.execPath,
          '--conditions=@flotilla/source',
          script('resolve-in-child.ts'),
          job,
        ];
        const { stdout } = await run('sh', ['-c', `${group.enter} "$@"`, 'sh', ...command]);
        const result = JSON.parse(/resolved (.+)/.exec(stdout)?.[1] ?? '{}') as ResolveVariantResult & {
          totalBytes: number;
        };
        expect(Math.abs(result.totalBytes - limit)).toBeLessThan(8192); // the kernel rounds to pages
        const chosen = [large, middle, small].find(
          ({ candidate }) => candidate.variant === result.resolution.chosen,
        );
        expect(chosen).not.toBe(large);
        if (chosen === undefined || result.choice === undefined) return expect.fail('nothing was chosen');
        await measure(chosen.path, result.choice.configuration, group.enter);
        expect(group.peakBytes()).toBeLessThanOrEqual(limit + 8192);
      } finally {
        group.remove();
      }
    },
  );
});
