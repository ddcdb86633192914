import { defineConfig } from 'vitest/config';

/*
 * One vitest run over every project's tests of one kind, named by FLOTILLA_TEST_KIND.
 * A run per kind instead of one per project: thirty start-ups are most of the time on a small machine.
 */
const kind = process.env['FLOTILLA_TEST_KIND'] ?? 'unit';
const file = kind === 'unit' ? 'vitest.config.ts' : `vitest.${kind}.config.ts`;
const alone = kind !== 'unit';

export default defineConfig({
  test: {
    projects: [`{apps,libs,tools}/*/${file}`, `libs/*/*/${file}`],
    passWithNoTests: true,
    maxWorkers: alone ? 1 : 2,
    fileParallelism: !alone,
  },
});
