import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const TESTS = [
  '**/*.test.ts',
  '**/*.test.tsx',
  '**/test/**',
  '**/testing/**',
  '**/vitest*.config.ts',
  '**/e2e/**',
];

/** Who may import whom (docs/decisions, style.md §2.2). Constraints combine with AND; an untagged project may import nothing. */
const depConstraints = [
  {
    sourceTag: 'layer:contract',
    onlyDependOnLibsWithTags: ['layer:contract'],
    allowedExternalImports: ['zod'],
  },
  {
    sourceTag: 'layer:core',
    onlyDependOnLibsWithTags: ['layer:contract', 'layer:core'],
    allowedExternalImports: ['zod'],
  },
  { sourceTag: 'layer:adapter', onlyDependOnLibsWithTags: ['layer:contract', 'layer:core', 'layer:adapter'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:contract', 'layer:core', 'layer:adapter'] },
  { sourceTag: 'layer:tool', onlyDependOnLibsWithTags: ['*'] },
  {
    sourceTag: 'layer:testkit',
    onlyDependOnLibsWithTags: ['layer:contract', 'layer:core', 'layer:adapter', 'layer:testkit'],
  },
  { sourceTag: 'side:shared', onlyDependOnLibsWithTags: ['side:shared'] },
  { sourceTag: 'side:agent', onlyDependOnLibsWithTags: ['side:agent', 'side:shared'] },
  { sourceTag: 'side:plane', onlyDependOnLibsWithTags: ['side:plane', 'side:shared'] },
  { sourceTag: 'side:client', onlyDependOnLibsWithTags: ['side:client', 'side:shared', 'api:plane'] },
  { sourceTag: 'side:any', onlyDependOnLibsWithTags: ['*'] },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/node_modules', '**/.nx', '**/*.d.ts'] },
  ...nx.configs['flat/base'],
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/require-await': 'off', // an async function without await is how a port says "may be asynchronous"
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "ThrowStatement > NewExpression[callee.name='Error']",
          message: 'Throw a FlotillaError: it has a code, a cause and the name of the thing it is about.',
        },
      ],
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: ['^.*/vitest\\.shared(\\.ts)?$'], enforceBuildableLibDependency: false, depConstraints },
      ],
    },
  },
  {
    files: [
      'libs/{contracts,kernel,sizing}/src/**/*.ts',
      'libs/agent/{anthropic,json-grammar,ollama,openai,reconcile}/src/**/*.ts',
      'libs/plane/{catalogue,registry,rollout,telemetry}/src/**/*.ts',
    ],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'Core libraries do no I/O.' }] },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          allow: ['^.*/vitest\\.shared(\\.ts)?$'],
          checkDynamicDependenciesExceptions: ['.*'],
          depConstraints: [{ sourceTag: '*', onlyDependOnLibsWithTags: ['*'] }],
        },
      ],
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
    },
  },
  {
    files: ['**/vitest*.config.ts', 'vitest.shared.ts', '**/vite.config.ts', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
