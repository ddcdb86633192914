/*
 * A process that detects its hardware and resolves a release, as the agent does, wherever it was put. Its argument is
 * a JSON file; it prints the result as one line of JSON.
 */
import { readFile } from 'node:fs/promises';

import { createProbes, detectHardware } from '@flotilla/agent-hardware';
import type { Release } from '@flotilla/contracts';
import { systemClock } from '@flotilla/kernel';

import { inspectModel } from '../src/inspect/inspect-model.ts';
import { createMeasurementsFile } from '../src/resolve/measurements-file.ts';
import { resolveVariant } from '../src/resolve/resolve-variant.ts';
import { createModelStore } from '../src/store/create-model-store.ts';
import { fileGateway } from './file-gateway.ts';

const job = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as {
  folder: string;
  release: Release;
  files: { candidate: { digest: string; manifestDigest: string }; path: string; manifest: string }[];
};
const facts = await detectHardware(createProbes({ dataFolder: job.folder }), systemClock);
const { resolution, choice } = await resolveVariant({
  release: job.release,
  releaseDigest: 'f'.repeat(64),
  facts,
  policy: { memoryReserveShare: 0.05 },
  client: fileGateway(
    job.files.map((file) => ({ ...file, manifestBytes: Buffer.from(file.manifest, 'base64') })),
  ),
  store: createModelStore({ folder: job.folder, reserveBytes: 0 }),
  inspect: inspectModel,
  measurements: createMeasurementsFile({ path: `${job.folder}/measurements.json`, clock: systemClock }),
  clock: systemClock,
  signal: new AbortController().signal,
});
console.log(`resolved ${JSON.stringify({ totalBytes: facts.memory.totalBytes, resolution, choice })}`);
