import type { CaseFigures, FigureName } from './figures.ts';

/** A figure of ours beside the peer's. `ratio` is ours through theirs; `met` says whether the target holds. */
export interface Comparison {
  name: FigureName;
  ours: number;
  peer?: number;
  ratio?: number;
  target?: string;
  met?: boolean;
}

/** Memory of agent and engine together beyond the peer's. */
const MORE_MEMORY_MB = 350;

const NAMES = [
  'tokensPerSecond',
  'ttftP50Ms',
  'ttftP99Ms',
  'tpotP50Ms',
  'tpotP99Ms',
  'cpuSecondsPer1000Tokens',
  'residentMb',
] as const satisfies readonly FigureName[];

/** Every figure beside the peer's, with what was promised of it (issue "as fast as llama-server"). */
export function compare({
  streams,
  ours,
  peer,
}: {
  streams: number;
  ours: CaseFigures;
  peer: CaseFigures | undefined;
}): Comparison[] {
  return NAMES.flatMap((name): Comparison[] => {
    const value = ours[name];
    if (value === undefined) return [];
    const other = peer?.[name];
    if (other === undefined) return [{ name, ours: value }];
    return [{ name, ours: value, peer: other, ratio: value / other, ...judge(name, value, other, streams) }];
  });
}

function judge(
  name: FigureName,
  ours: number,
  peer: number,
  streams: number,
): Pick<Comparison, 'target' | 'met'> {
  switch (name) {
    case 'tokensPerSecond': {
      const least = streams === 1 ? 0.95 : 1;
      return { target: `≥ ${least} ×`, met: ours >= peer * least };
    }
    case 'ttftP50Ms':
      return { target: '≤ 1.05 ×', met: ours <= peer * 1.05 };
    case 'cpuSecondsPer1000Tokens':
      return { target: '≤ 1.1 ×', met: ours <= peer * 1.1 };
    case 'residentMb':
      return { target: `≤ peer + ${MORE_MEMORY_MB} MB`, met: ours <= peer + MORE_MEMORY_MB };
    default:
      return {};
  }
}

/** What a step in context or sequences adds to the memory of both; at most 1.15 × is promised. */
export function compareGrowth(
  ours: { before: number; after: number },
  peer: { before: number; after: number },
): Required<Pick<Comparison, 'ours' | 'peer' | 'ratio' | 'target' | 'met'>> {
  const added = ours.after - ours.before;
  const theirs = peer.after - peer.before;
  return {
    ours: added,
    peer: theirs,
    ratio: added / theirs,
    target: '≤ 1.15 ×',
    met: added <= theirs * 1.15,
  };
}
