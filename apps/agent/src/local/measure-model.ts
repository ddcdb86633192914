import { inspectPatiently, type InspectModel } from '@flotilla/agent-models';
import { FlotillaError, isFlotillaError, type GgufFacts } from '@flotilla/contracts';
import { formatBytes } from '@flotilla/kernel';
import {
  configurationLadder,
  fitConfiguration,
  type ConfiguredNeed,
  type EngineConfiguration,
} from '@flotilla/sizing';

/** Context of a model that was made without `num_ctx`, where it was trained for more. */
const CONTEXT_TOKENS = 4_096;
/** Requests at once, where memory allows. */
const SEQUENCES = 4;
const POOLED_FOR_RANKS = 4;

/** Memory that models may have on this box, in bytes. */
export interface LocalRoom {
  /** While every service of the fleet is loaded. */
  besideBytes: number;
  /** While all that may sleep do. */
  aloneBytes: number;
}

export interface MeasuredModel {
  facts: GgufFacts;
  capabilities: string[];
  configuration: EngineConfiguration;
  needBytes: number;
  roomBytes: number;
}

/**
 * What a file is and how it is opened here. Nothing of it is read in this process. Throws `gguf-invalid` for what is no model, `did-not-fit` with the numbers.
 */
export async function measureModel({
  path,
  digest,
  contextTokens: asked,
  inspect,
  readRoom,
  signal,
}: {
  path: string;
  digest: string;
  contextTokens: number | undefined;
  inspect: InspectModel;
  readRoom: () => Promise<LocalRoom>;
  signal: AbortSignal;
}): Promise<MeasuredModel> {
  try {
    const { facts, pooling, estimates } = await inspectPatiently(inspect)({
      path,
      configurations: configurationLadder({ contextTokens: asked ?? CONTEXT_TOKENS, sequences: SEQUENCES }),
      withinTraining: asked === undefined,
      signal,
    });
    const needs = estimates.filter((estimate) => estimate.available);
    const unavailable = estimates.find((estimate) => !estimate.available);
    if (needs.length === 0) throw unreadable(digest, unavailable?.reason ?? 'it gives no estimate');
    const room = await readRoom();
    const fit = fitConfiguration({ needs, ...room });
    if (fit === undefined) throw didNotFit({ digest, needs, room });
    return {
      facts,
      capabilities: capabilitiesOf(pooling),
      configuration: fit.configuration,
      needBytes: fit.need.totalBytes,
      roomBytes: room.aloneBytes,
    };
  } catch (error) {
    if (!isFlotillaError(error)) throw error;
    if (error.code === 'engine-crashed') throw unreadable(digest, 'its process ended twice over it', error);
    // People know the file by its digest, not by where it lies here.
    throw new FlotillaError(error.code, error.message.replaceAll(path, `sha256:${digest}`), {
      cause: error,
      retryable: error.retryable,
      details: { ...error.details, about: digest },
    });
  }
}

function unreadable(digest: string, reason: string, cause?: Error): FlotillaError {
  return new FlotillaError('gguf-invalid', `The engine cannot read the model sha256:${digest}: ${reason}.`, {
    cause,
    details: { about: digest, fix: 'Take a file that a current llama.cpp can load.' },
  });
}

/** As Ollama says what a model can do; what a template can is known once it was loaded. */
function capabilitiesOf(pooling = 0): string[] {
  if (pooling === POOLED_FOR_RANKS) return [];
  return pooling > 0 ? ['embedding'] : ['completion'];
}

function didNotFit({
  digest,
  needs,
  room: { aloneBytes },
}: {
  digest: string;
  needs: readonly ConfiguredNeed[];
  room: LocalRoom;
}): FlotillaError {
  const needBytes = Math.min(...needs.map(({ need }) => need.totalBytes));
  const limitBytes = Math.max(0, aloneBytes);
  const contextTokens = needs[0]?.configuration.contextTokens;
  return new FlotillaError(
    'did-not-fit',
    `With a context of ${contextTokens} tokens the model needs at least ${formatBytes(needBytes)} of memory; ${formatBytes(limitBytes)} may be taken on this box.`,
    {
      details: {
        about: digest,
        needBytes,
        limitBytes,
        fix: 'Take a smaller model, or set a shorter `num_ctx` in `parameters`.',
      },
    },
  );
}
