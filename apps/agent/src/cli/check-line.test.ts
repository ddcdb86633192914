import { expect, it } from 'vitest';
import { judgeClock } from './check-line.ts';

it.each([
  [0, 'ok', 'within seconds'],
  [-4_000, 'ok', 'within seconds'],
  [90_000, 'warn', '1m30s behind'],
  [-3_600_000, 'fail', '1h ahead of'],
  [Number.NaN, 'warn', 'no time'],
])('a control plane whose clock is %i ms ahead: %s', (offsetMs, verdict, detail) => {
  const finding = judgeClock({ offsetMs });
  expect(finding.verdict).toBe(verdict);
  expect(finding.detail).toContain(detail);
});
