import { parseArgs } from 'node:util';
import { FlotillaError } from '@flotilla/contracts';
import { SAMPLINGS, type Prefix, type Sampling } from './bench-case.ts';

export const HELP = `Measures the box's own API beside llama-server: the same file, threads, context, prompts and sampling, in alternation.

Usage: npx nx run bench:inference -- [--peer-bin FILE | --peer-url URL] [options]

  --peer-bin FILE      a llama-server of the llama.cpp release that node-llama-cpp runs; started beside every model
  --peer-url URL       one that runs already; its memory and processor time are then unknown
  --models A,B         synthetic shapes with a quantization (default all four of qwen2.5-0.5b and smollm2-135m), or GGUF files
  --model-folder DIR   where synthetic models are kept between runs (default in the temporary folder)
  --streams 1,4,8,16   requests at the same time; one alone is sent four times in turn
  --prefix cold,warm   prompts that share nothing, and prompts that share a long beginning
  --runs N             runs per case, medians are shown (default 5)
  --tokens N           tokens of each answer (default 64)
  --words N            words of each prompt (default 160)
  --context N          context of one sequence in tokens (default 1024)
  --sampling NAME      greedy or usual: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05 (default greedy)
  --no-growth          leaves out how memory grows with context and sequences
  --quick              one run, one model, 1 and 4 streams
  --json FILE          writes everything that was measured

Without a peer it prints our figures alone. Ctrl-C stops whatever was started.
`;

export interface BenchOptions {
  peer: { kind: 'program' | 'url'; at: string } | undefined;
  models: string[];
  modelFolder: string | undefined;
  streams: number[];
  prefixes: Prefix[];
  runs: number;
  answerTokens: number;
  promptWords: number;
  contextTokens: number;
  sampling: Sampling;
  growth: boolean;
  jsonFile: string | undefined;
}

const ALL_MODELS = ['qwen2.5-0.5b-q8_0', 'qwen2.5-0.5b-q4_0', 'smollm2-135m-q8_0', 'smollm2-135m-q4_0'];

/** Undefined: help was asked for. Throws `invalid-input` naming the argument. */
export function readArguments(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'peer-bin': { type: 'string' },
      'peer-url': { type: 'string' },
      models: { type: 'string' },
      'model-folder': { type: 'string' },
      streams: { type: 'string' },
      prefix: { type: 'string', default: 'cold,warm' },
      runs: { type: 'string' },
      tokens: { type: 'string', default: '64' },
      words: { type: 'string', default: '160' },
      context: { type: 'string', default: '1024' },
      sampling: { type: 'string', default: 'greedy' },
      'no-growth': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const { 'peer-bin': program, 'peer-url': url, quick } = values;
  if (program !== undefined && url !== undefined)
    refuse('--peer-bin and --peer-url name two peers; give one.');
  if (!isSampling(values.sampling)) refuse(`--sampling ${values.sampling} is neither greedy nor usual.`);
  return {
    peer:
      program !== undefined
        ? { kind: 'program', at: program }
        : url !== undefined
          ? { kind: 'url', at: url }
          : undefined,
    models: values.models?.split(',') ?? (quick ? ['smollm2-135m-q8_0'] : ALL_MODELS),
    modelFolder: values['model-folder'],
    streams: (values.streams ?? (quick ? '1,4' : '1,4,8,16'))
      .split(',')
      .map((text) => count('--streams', text)),
    prefixes: values.prefix.split(',').map(prefixOf),
    runs: count('--runs', values.runs ?? (quick ? '1' : '5')),
    answerTokens: count('--tokens', values.tokens),
    promptWords: count('--words', values.words),
    contextTokens: count('--context', values.context),
    sampling: SAMPLINGS[values.sampling],
    growth: !values['no-growth'] && !quick,
    jsonFile: values.json,
  };
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) refuse(`${name} ${text} is not a whole number above 0.`);
  return Number(text);
}

function prefixOf(text: string): Prefix {
  if (text !== 'cold' && text !== 'warm') refuse(`--prefix ${text} is neither cold nor warm.`);
  return text;
}

function isSampling(name: string): name is keyof typeof SAMPLINGS {
  return name in SAMPLINGS;
}

function refuse(message: string): never {
  throw new FlotillaError('invalid-input', message, { details: { fix: 'See --help.' } });
}
