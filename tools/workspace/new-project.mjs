#!/usr/bin/env node
// Makes a new project of the workspace: `node tools/workspace/new-project.mjs libs/agent/models --layer adapter --side agent`.
// One way to lay a project out, so that every one of them builds, lints and tests alike.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { layer: { type: 'string' }, side: { type: 'string', default: 'shared' } },
});
const [path] = positionals;
const LAYERS = ['contract', 'core', 'adapter', 'app', 'testkit', 'tool'];
const SIDES = ['shared', 'agent', 'plane', 'client', 'any'];
if (!path || !LAYERS.includes(values.layer) || !SIDES.includes(values.side)) {
  console.error(`usage: new-project.mjs PATH --layer ${LAYERS.join('|')} [--side ${SIDES.join('|')}]`);
  process.exit(2);
}
if (existsSync(join(path, 'package.json'))) {
  console.error(`${path} is a project already`);
  process.exit(2);
}

const name = path.replace(/^(libs|apps|tools)\//, '').replaceAll('/', '-');
const up = relative(path, '.');
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const files = {
  'package.json': json({
    name: `@flotilla/${name}`,
    version: '0.1.0',
    private: true,
    license: 'Apache-2.0',
    type: 'module',
    exports: {
      './package.json': './package.json',
      '.': {
        '@flotilla/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
    },
    nx: { name, tags: [`layer:${values.layer}`, `side:${values.side}`] },
  }),
  'tsconfig.json': json({
    extends: `${up}/tsconfig.base.json`,
    files: [],
    include: [],
    references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }],
  }),
  'tsconfig.lib.json': json({
    extends: `${up}/tsconfig.base.json`,
    compilerOptions: {
      rootDir: 'src',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo',
    },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts'],
    references: [],
  }),
  'tsconfig.spec.json': json({
    extends: `${up}/tsconfig.base.json`,
    compilerOptions: {
      outDir: 'out-tsc/spec',
      rootDir: '.',
      // A test imports the sources of its own project, which are another project to tsc: nothing to rewrite, nothing to emit.
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
      emitDeclarationOnly: true,
    },
    include: ['src/**/*.test.ts', 'test/**/*.ts'],
    references: [{ path: './tsconfig.lib.json' }],
  }),
  'vitest.config.ts': `import { vitestFor } from '${up}/vitest.shared.ts';\n\nexport default vitestFor('unit');\n`,
  'README.md': `# ${name}\n`,
  'src/index.ts': 'export {};\n',
};
for (const [file, text] of Object.entries(files)) {
  mkdirSync(join(path, file, '..'), { recursive: true });
  writeFileSync(join(path, file), text);
}
console.log(`made ${path} as @flotilla/${name}; run npm install to link it`);
