import { sharedPrefix } from '@flotilla/agent-serving-core';
import type { OneAtATime } from '@flotilla/kernel';
import type { LlamaContextSequence } from 'node-llama-cpp';
import type { EngineInfo, EngineSpec } from '../../engine.ts';
import { asTokens } from '../library-tokens.ts';
import { createPrefixFiles, type PrefixFiles } from './prefix-files.ts';
import { tokensDigest, type PrefixIdentity } from './prefix-identity.ts';

/**
 * The state of a release's system prompt, kept on the disk over restarts.
 *
 * Nothing is read for it that nobody asked: the first request that begins with the prompt leaves its state behind.
 * A sequence that does not hold the prompt gets it from the disk in a hundredth of the time that reading it takes. What
 * fails is dropped and the prompt is read as if there were no cache.
 */
export interface PrefixCache {
  readonly tokens: readonly number[];
  /** A whole state is on the disk. */
  readonly isKept: boolean;
  /** Puts the state into a sequence, whatever that holds. False: it has to be read. */
  restore(sequence: LlamaContextSequence): Promise<boolean>;
  /**
   * Keeps the state of a sequence whose tokens begin with the prompt; it holds nothing else afterwards. Resolves when
   * the sequence is free again, which is before everything is on the disk. Does nothing where one is kept.
   */
  keep(sequence: LlamaContextSequence): Promise<void>;
}

/** Fewer tokens are read as fast as a file. */
const LEAST_TOKENS = 32;

/** Undefined where the spec asks for none, or the prompt is too short to be worth it. */
export async function openPrefixCache({
  spec,
  info,
  compute,
  tokensOf,
}: {
  spec: EngineSpec;
  info: Pick<EngineInfo, 'engineRelease' | 'gpu' | 'gpuLayers'>;
  /** Waits until nothing else of this engine computes. */
  compute: OneAtATime;
  /** Tokens of a conversation as requests have them. */
  tokensOf: (messages: { role: 'system' | 'user'; content: string }[]) => readonly number[];
}): Promise<PrefixCache | undefined> {
  if (spec.prefixCache === undefined) return undefined;
  const { folder, systemPrompt, mostBytes } = spec.prefixCache;
  const tokens = promptTokens(systemPrompt, tokensOf);
  if (tokens.length < LEAST_TOKENS || tokens.length >= spec.contextTokens) return undefined;
  const identity: PrefixIdentity = {
    modelDigest: spec.modelDigest,
    adapter: spec.adapter === undefined ? null : `${spec.adapter.digest}*${spec.adapter.scale}`,
    engineRelease: info.engineRelease,
    contextTokens: spec.contextTokens,
    sequences: spec.sequences,
    kvCacheType: spec.kvCacheType,
    gpu: info.gpu,
    gpuLayers: info.gpuLayers,
    arch: process.arch,
    tokensDigest: tokensDigest(tokens),
  };
  const files = createPrefixFiles({ folder, identity, tokens: tokens.length, mostBytes, compute });
  await files.collectGarbage().catch(() => undefined);
  return createCache({ tokens, files, isKept: (await files.find()) !== undefined });
}

/** What every conversation with this system prompt begins with: two that differ only after it share exactly that. */
function promptTokens(
  systemPrompt: string,
  tokensOf: (messages: { role: 'system' | 'user'; content: string }[]) => readonly number[],
): readonly number[] {
  const conversation = (user: string) =>
    tokensOf([
      { role: 'system', content: systemPrompt },
      { role: 'user', content: user },
    ]);
  try {
    const [left, right] = [conversation('a'), conversation('1')];
    return left.slice(0, sharedPrefix(left, right));
  } catch {
    // A template without a system role, or a prompt over the context: requests will be told.
    return [];
  }
}

function createCache({
  tokens,
  files,
  isKept,
}: {
  tokens: readonly number[];
  files: PrefixFiles;
  isKept: boolean;
}): PrefixCache {
  let kept = isKept;
  /** One write at a time, and none after one that failed: a full disk stays full for a while. */
  let mayWrite = true;

  const holdsPrompt = ({ contextTokens }: LlamaContextSequence): boolean =>
    contextTokens.length === tokens.length && sharedPrefix(contextTokens, tokens) === tokens.length;

  return {
    tokens,
    get isKept() {
      return kept;
    },
    async restore(sequence) {
      if (!kept) return false;
      const path = await files.find();
      try {
        if (path !== undefined) {
          await sequence.loadStateFromFile(path, { acceptRisk: true });
          if (holdsPrompt(sequence)) return true;
        }
      } catch {
        // Told below, like every other way in which the file is not what it should be.
      }
      kept = false;
      await files.remove().catch(() => undefined);
      await sequence.clearHistory();
      return false;
    },
    async keep(sequence) {
      if (kept || !mayWrite) return;
      mayWrite = false;
      await sequence.adaptStateToTokens(asTokens(tokens), false);
      // Models that cannot forget their last tokens start over instead.
      if (!holdsPrompt(sequence)) return;
      const written = Promise.withResolvers<void>();
      void files
        .keep(async (path) => {
          await sequence.saveStateToFile(path);
          written.resolve();
        })
        .then(() => {
          kept = true;
          mayWrite = true;
        })
        .catch(() => undefined)
        .finally(written.resolve);
      await written.promise;
    },
  };
}
