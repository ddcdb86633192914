import { describe, expect, it } from 'vitest';

import { nearestName } from './nearest-name.ts';

const known = ['http.port', 'http.host', 'dataFolder', 'log.level'];

describe('nearestName', () => {
  it.each([
    ['http.prot', 'http.port'],
    ['htttp.host', 'http.host'],
    ['datafolder', 'dataFolder'],
    ['loglevel', 'log.level'],
  ])('takes %s for %s', (name, meant) => {
    expect(nearestName({ name, known })).toBe(meant);
  });

  it('guesses nothing for a name that is far from all', () => {
    expect(nearestName({ name: 'colour', known })).toBeUndefined();
  });
});
