import { mergeConfig } from 'vitest/config';
import { vitestFor } from '../../vitest.shared.ts';

/** The console is built once for all files; the browser and the processes behind it are real. */
export default mergeConfig(vitestFor('e2e'), {
  test: { include: ['e2e/**/*.e2e.test.ts'], globalSetup: ['e2e/setup/build-console.ts'] },
});
