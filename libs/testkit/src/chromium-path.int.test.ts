import { execFileSync } from 'node:child_process';

import { expect, it } from 'vitest';

import { chromiumPath } from './chromium-path.ts';
import { leftOut } from './left-out.ts';

it.skipIf(leftOut('chromium'))('finds a browser that runs', () => {
  expect(execFileSync(chromiumPath(), ['--version', '--no-sandbox'], { encoding: 'utf8' })).toMatch(/chrom/i);
});
