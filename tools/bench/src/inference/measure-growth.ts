import type { BenchOptions } from './arguments.ts';
import type { BenchModel } from './bench-models.ts';
import { openPeer } from './bench-one-model.ts';
import { compareGrowth } from './compare.ts';
import { memoryOf } from './measure-case.ts';
import { startServedBox } from './served-box.ts';
import type { Target } from './target.ts';

export interface GrowthResult {
  model: string;
  what: string;
  oursMb: number;
  peerMb?: number;
  comparison?: ReturnType<typeof compareGrowth>;
}

const FEW = 2;
const MORE = 4;

/** What four times the context, and twice the sequences, add to the memory of ours and of the peer, each freshly started. */
export async function measureGrowth(
  model: BenchModel,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<GrowthResult[]> {
  const { contextTokens } = options;
  const base = await memoryAt({ contextTokens, sequences: FEW });
  const longer = await memoryAt({ contextTokens: contextTokens * MORE, sequences: FEW });
  const wider = await memoryAt({ contextTokens, sequences: FEW * MORE });
  return [
    growth(`context ${contextTokens} → ${contextTokens * MORE}, ${FEW} sequences`, longer),
    growth(`sequences ${FEW} → ${FEW * MORE}, context ${contextTokens}`, wider),
  ];

  function growth(what: string, after: { ours: number; peer: number | undefined }): GrowthResult {
    const result = { model: model.name, what, oursMb: after.ours - base.ours };
    if (base.peer === undefined || after.peer === undefined) return result;
    return {
      ...result,
      peerMb: after.peer - base.peer,
      comparison: compareGrowth(
        { before: base.ours, after: after.ours },
        { before: base.peer, after: after.peer },
      ),
    };
  }

  async function memoryAt(shape: { contextTokens: number; sequences: number }) {
    process.stderr.write(`${model.name}, memory with ${shape.sequences} × ${shape.contextTokens} tokens\n`);
    const box = await startServedBox({ modelPath: model.path, ...shape, signal });
    let peer: Target | undefined;
    try {
      // One known by its address only was started with a shape of its own.
      peer = options.peer?.kind === 'program' ? await openPeer(options.peer, model, box.shape) : undefined;
      return {
        ours: (await memoryOf(box)) ?? 0,
        peer: peer === undefined ? undefined : await memoryOf(peer),
      };
    } finally {
      await Promise.all([box.stop(), peer?.stop()]);
    }
  }
}
