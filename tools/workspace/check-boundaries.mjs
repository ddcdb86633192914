#!/usr/bin/env node
// Proves that lint refuses imports across a boundary, and lets allowed ones pass. Without a cached project graph the rule
// only warns and passes everything, so a green lint alone proves nothing.
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const CASES = [
  {
    file: 'libs/contracts/src/fixture.ts',
    imports: '@flotilla/kernel',
    allowed: false,
    why: 'contracts know nothing but zod',
  },
  {
    file: 'libs/contracts/src/fixture.ts',
    imports: 'hono',
    allowed: false,
    why: 'contracts know nothing but zod',
  },
  {
    file: 'libs/kernel/src/fixture.ts',
    imports: '@flotilla/platform-files',
    allowed: false,
    why: 'core does no I/O',
  },
  {
    file: 'libs/agent/reconcile/src/fixture.ts',
    imports: '@flotilla/plane-rollout',
    allowed: false,
    why: 'agent and plane never meet',
  },
  {
    file: 'libs/plane/rollout/src/fixture.ts',
    imports: '@flotilla/agent-reconcile',
    allowed: false,
    why: 'agent and plane never meet',
  },
  {
    file: 'libs/agent/models/src/fixture.ts',
    imports: '@flotilla/agent',
    allowed: false,
    why: 'nobody imports an app',
  },
  {
    file: 'libs/agent/models/src/fixture.ts',
    imports: '@flotilla/testkit',
    allowed: false,
    why: 'the testkit is for tests',
  },
  {
    file: 'apps/console/src/fixture.ts',
    imports: '@flotilla/plane-store',
    allowed: false,
    why: 'the console speaks HTTP',
  },
  {
    file: 'libs/agent/models/src/fixture.ts',
    imports: '@flotilla/contracts',
    allowed: true,
    why: 'everybody speaks contracts',
  },
  {
    file: 'libs/agent/models/src/fixture.test.ts',
    imports: '@flotilla/testkit',
    allowed: true,
    why: 'the testkit is for tests',
  },
];

await createProjectGraphAsync();
const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });
let wrong = 0;
for (const { file, imports, allowed, why } of CASES) {
  const code = `import * as it from '${imports}';\nexport const fixture = it;\n`;
  const [result] = await eslint.lintText(code, { filePath: file });
  const refused = result.messages.some(({ ruleId }) => ruleId === '@nx/enforce-module-boundaries');
  if (refused === allowed) {
    wrong += 1;
    console.error(`${file} importing ${imports} was ${refused ? 'refused' : 'let pass'}, although ${why}`);
  }
}
if (wrong > 0) process.exit(1);
console.log(`${CASES.length} boundary fixtures hold`);
