import { defineConfig, type ViteUserConfig } from 'vitest/config';

type Kind = 'unit' | 'int' | 'model' | 'e2e';

const INCLUDE: Record<Kind, string[]> = {
  unit: ['src/**/*.test.{ts,tsx}'],
  int: ['{src,test}/**/*.int.test.ts'],
  model: ['{src,test}/**/*.model.test.ts'],
  e2e: ['{src,test}/**/*.e2e.test.ts'],
};

/**
 * The one vitest configuration of the workspace.
 *
 * A file name says what a test costs: `*.test.ts` is pure and runs on every save,
 * `*.int.test.ts` starts real brokers, databases or processes, `*.model.test.ts` loads a GGUF,
 * `*.e2e.test.ts` drives a whole product. Only the first kind runs under the `test` target.
 */
export function vitestFor(kind: Kind): ViteUserConfig {
  return defineConfig({
    resolve: { conditions: ['@flotilla/source'] },
    ssr: {
      resolve: { conditions: ['@flotilla/source', 'node'], externalConditions: ['@flotilla/source', 'node'] },
    },
    test: {
      include: INCLUDE[kind],
      exclude:
        kind === 'unit'
          ? ['**/node_modules/**', '**/dist/**', '**/*.int.test.ts', '**/*.model.test.ts', '**/*.e2e.test.ts']
          : ['**/node_modules/**', '**/dist/**'],
      passWithNoTests: true,
      maxWorkers: kind === 'unit' ? 2 : 1,
      fileParallelism: kind === 'unit',
      testTimeout: kind === 'unit' ? 60_000 : 120_000,
      hookTimeout: kind === 'unit' ? 60_000 : 120_000,
      // The default of one second is no deadline but a measure of how busy the machine is.
      expect: { poll: { timeout: 15_000 } },
    },
  });
}
