/**
 * Whether the person who started the tests left out what needs this program: `npm test -- --without postgres`.
 * A suite says `describe.skipIf(leftOut('postgres'))`, so that it is counted as skipped, never as passed.
 */
export function leftOut(program: 'mosquitto' | 'postgres' | 'chromium'): boolean {
  return (process.env['FLOTILLA_TEST_WITHOUT'] ?? '').split(',').includes(program);
}
