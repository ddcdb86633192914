import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';

import type { Candidate, Manifest, Release } from '@flotilla/contracts';
import { writeSynthModel, type Quant, type SynthShapeName } from '@flotilla/foundry';
import { canonicalJson } from '@flotilla/kernel';

import { checkGgufFile } from '../src/gguf/check-gguf-file.ts';
import { ggufFacts } from '@flotilla/sizing';
import { sha256 } from './test-models.ts';

export interface SynthCandidate {
  candidate: Candidate;
  path: string;
  manifestBytes: Uint8Array;
}

/** A model of a real shape with random weights, as a release would name it. */
export async function synthCandidate({
  shape,
  quant,
  path,
}: {
  shape: SynthShapeName;
  quant: Quant;
  path: string;
}): Promise<SynthCandidate> {
  const { bytes } = await writeSynthModel({ shape, quant, path });
  const whole = createHash('sha256');
  const chunks: string[] = [];
  for await (const chunk of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
    whole.update(chunk as Buffer);
    chunks.push(sha256(chunk as Buffer));
  }
  const digest = whole.digest('hex');
  const manifest: Manifest = { v: 1, digest, bytes, chunkBytes: 4 * 1024 * 1024, chunks };
  const manifestBytes = canonicalJson(manifest);
  const variant = `synth-${shape}-${quant}`;
  return {
    path,
    manifestBytes,
    candidate: {
      variant,
      modelId: `synth-${shape}`,
      digest,
      manifestDigest: sha256(manifestBytes),
      bytes,
      quantization: quant.toUpperCase(),
      facts: ggufFacts(await checkGgufFile(path)),
    },
  };
}

export function releaseOf(
  candidates: readonly Candidate[],
  intent: Partial<Release['intent']> = {},
): Release {
  return {
    v: 1,
    service: 'assistant',
    revision: 1,
    description: '',
    createdAt: 0,
    requires: [],
    intent: { contextTokens: 1024, memoryShare: 0.9, sequences: 4, ...intent },
    sampling: { temperature: 0, topP: 1, topK: 0, minP: 0 },
    candidates: [...candidates],
    goldenPrompts: [
      {
        id: 'any',
        messages: [{ role: 'user', content: 'x' }],
        maxTokens: 1,
        expect: { kind: 'exact', value: 'y' },
      },
    ],
  };
}
