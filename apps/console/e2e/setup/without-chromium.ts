/** True where this machine is to be tested without a browser: the tests are then skipped by name. */
export const withoutChromium = (process.env['FLOTILLA_TEST_WITHOUT'] ?? '').split(',').includes('chromium');
