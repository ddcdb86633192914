import { rulesOutGpu } from './exit-reason.ts';

/** What the ladder changes in how a model is opened; `gpuLayers` undefined: as many as fit. */
export interface Opening {
  sequences: number;
  contextTokens: number;
  gpu: 'auto' | 'off';
  gpuLayers?: number | undefined;
}

/** The rungs that change how one model is opened; a smaller variant and the last good release come after them. */
export type DegradeKind = 'fewer-sequences' | 'shorter-context' | 'fewer-gpu-layers' | 'cpu';

/** One step down, with the spec it led to and why it was taken. */
export interface DegradeStep {
  kind: DegradeKind;
  sequences: number;
  contextTokens: number;
  gpu: Opening['gpu'];
  gpuLayers?: number;
  /** One sentence, such as `4 to 2 parallel requests: The engine process ended by SIGABRT.`. */
  reason: string;
  /** Wall time. */
  at: number;
}

/** Exits in a row after which a rung is taken: one alone may be chance, or one request's fault. */
const EXITS_BEFORE_RUNG = 2;
/** Exits in a row after which an engine without a rung left is given up. */
const EXITS_BEFORE_BROKEN = 4;
/** A ladder must end: every rung costs the service a load. */
const MOST_RUNGS = 6;

export type ExitVerdict = 'restart' | 'degrade' | 'broken';

/**
 * What to do after an engine ended soon after its start.
 *
 * @param input.exits ends in a row, this one included; a long life in between starts the count again.
 * @param input.hasRung whether `nextRung` has one.
 */
export function judgeExits({ exits, hasRung }: { exits: number; hasRung: boolean }): ExitVerdict {
  if (hasRung && exits >= EXITS_BEFORE_RUNG) return 'degrade';
  return exits >= EXITS_BEFORE_BROKEN ? 'broken' : 'restart';
}

export interface LadderInput {
  /** As it runs now, rungs taken before included. */
  spec: Opening;
  /** Least context that the release allows. */
  minContextTokens: number;
  /** Layers on the GPU of the engine that ended; 0 for none or unknown. */
  gpuLayers: number;
  taken: readonly DegradeStep[];
  /** In its own words, where it had any: what a GPU cannot compute goes to the processor at once. */
  why: string;
  at: number;
}

/**
 * The next step down: fewer parallel requests, a shorter context, fewer layers on the GPU, none at all. What is on the GPU
 * has the processor as its last step, however many are before it.
 */
export function nextRung({
  spec,
  minContextTokens,
  gpuLayers,
  taken,
  why,
  at,
}: LadderInput): DegradeStep | undefined {
  if (taken.length >= MOST_RUNGS) return undefined;
  const { sequences, contextTokens, gpu } = spec;
  const now = {
    sequences,
    contextTokens,
    gpu,
    ...(spec.gpuLayers === undefined ? {} : { gpuLayers: spec.gpuLayers }),
    at,
  };
  const step = (
    kind: DegradeKind,
    change: Partial<Pick<DegradeStep, 'sequences' | 'contextTokens' | 'gpu' | 'gpuLayers'>>,
    what: string,
  ): DegradeStep => ({ ...now, ...change, kind, reason: `${what}: ${why}`.slice(0, 512) });

  const usesGpu = gpu === 'auto' && gpuLayers > 0;
  const toProcessor = (): DegradeStep =>
    step(
      'cpu',
      { gpu: 'off', gpuLayers: 0 },
      `${usesGpu ? `${gpuLayers} layers` : 'the model'} from the GPU to the processor`,
    );
  if (gpu === 'auto' && rulesOutGpu(why)) return toProcessor();
  if (usesGpu && taken.length === MOST_RUNGS - 1) return toProcessor();
  if (sequences > 1) {
    const fewer = Math.floor(sequences / 2);
    return step('fewer-sequences', { sequences: fewer }, `${sequences} to ${fewer} parallel requests`);
  }
  const shorter = Math.max(minContextTokens, Math.floor(contextTokens / 2));
  if (shorter < contextTokens)
    return step(
      'shorter-context',
      { contextTokens: shorter },
      `${contextTokens} to ${shorter} tokens of context`,
    );
  if (!usesGpu) return undefined;
  const layers = Math.floor(gpuLayers / 2);
  // Halved twice at most: what does not run with a quarter of its layers there runs without the GPU.
  const halvings = taken.filter(({ kind }) => kind === 'fewer-gpu-layers').length;
  if (layers > 0 && halvings < 2)
    return step('fewer-gpu-layers', { gpuLayers: layers }, `${gpuLayers} to ${layers} layers on the GPU`);
  return toProcessor();
}

/** The spec with the steps that were taken; a spec that asks for less already stays as it is. */
export function degradedSpec<Spec extends Opening>(spec: Spec, taken: readonly DegradeStep[]): Spec {
  const last = taken.at(-1);
  if (last === undefined) return spec;
  return {
    ...spec,
    sequences: Math.min(spec.sequences, last.sequences),
    contextTokens: Math.min(spec.contextTokens, last.contextTokens),
    gpu: last.gpu === 'off' ? 'off' : spec.gpu,
    ...(last.gpuLayers === undefined ? {} : { gpuLayers: last.gpuLayers }),
  };
}

/** What names one model of one release on this device. */
export interface DegradeKey {
  variantDigest: string;
  release: string | undefined;
}

/** The steps that were taken, over restarts. What fails here costs the memory, never the service. */
export interface DegradeMemory {
  recall(key: DegradeKey): Promise<readonly DegradeStep[]>;
  /** None: it runs as promised again. */
  remember(key: DegradeKey, taken: readonly DegradeStep[]): Promise<void>;
}

/** Whether a load failed in a way that asking for less may cure: the process died or hung, or memory was short. */
export function mayFitSmaller(error: { code: string; message: string; details: object }): boolean {
  if (['did-not-fit', 'engine-crashed', 'timeout'].includes(error.code)) return true;
  if (error.code !== 'load-failed') return false;
  // A process that ended by an error of its own program has said why; one that was ended has not.
  return /ended while loading \((?!code 1\))|out of memory|not enough|alloc|too large for the available/i.test(
    error.message,
  );
}
