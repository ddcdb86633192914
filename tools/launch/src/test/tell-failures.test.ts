import { describe, expect, it } from 'vitest';
import { tellFailures } from './tell-failures.ts';

describe('telling failures', () => {
  it('names every one with its message, without colours', () => {
    expect(
      tellFailures([
        { name: 'libs/a/src/a.test.ts > adds', message: '\u001b[31mexpected 1 to be 2\u001b[39m\n  at here' },
        { name: 'libs/b/src/b.test.ts', message: 'no such file' },
      ]),
    ).toBe(
      '✗ libs/a/src/a.test.ts > adds\n    expected 1 to be 2\n      at here\n\n✗ libs/b/src/b.test.ts\n    no such file\n',
    );
  });

  it('cuts what is longer than a screen, and says so', () => {
    const long = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n');
    expect(tellFailures([{ name: 'a', message: long }])).toMatch(/line 29\n {4}\.\.\. 70 more lines\n$/);
  });
});
