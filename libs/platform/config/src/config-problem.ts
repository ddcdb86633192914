import { FlotillaError } from '@flotilla/contracts';

/** Where a value came from. `name` is the file, variable or flag; empty for a default. */
export interface ConfigSource {
  kind: 'default' | 'file' | 'env' | 'env-file' | 'flag';
  name: string;
}

export const DEFAULT_SOURCE: ConfigSource = { kind: 'default', name: '' };

export function formatSource({ kind, name }: ConfigSource): string {
  switch (kind) {
    case 'default':
      return 'default';
    case 'file':
      return `file ${name}`;
    case 'env':
      return `environment ${name}`;
    case 'env-file':
      return `file named by ${name}`;
    case 'flag':
      return `flag --${name}`;
  }
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  field: string;
  source: ConfigSource;
  /** What is wrong, without the value: it may be a secret. */
  problem: string;
  fix: string;
}

/** All that is wrong, in one error: `invalid-config` with `details.problems`. */
export function configError(problems: readonly ConfigProblem[]): FlotillaError {
  const lines = problems.map(
    ({ field, source, problem, fix }) => `  ${field} (${formatSource(source)}): ${problem}. ${fix}`,
  );
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new FlotillaError('invalid-config', `The configuration has ${count}:\n${lines.join('\n')}`, {
    details: { field: problems[0]?.field, problems },
  });
}
