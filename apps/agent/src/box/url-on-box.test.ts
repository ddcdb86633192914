import { describe, expect, it } from 'vitest';
import { urlOnBox } from './url-on-box.ts';

describe('urlOnBox', () => {
  it.each([
    ['http://127.0.0.1:7080', 'http://127.0.0.1:7080'],
    ['http://localhost:41234', 'http://localhost:41234'],
    ['http://192.168.1.20:7080', 'http://192.168.1.20:7080'],
    ['http://0.0.0.0:7081', 'http://127.0.0.1:7081'],
    ['http://[::]:7080', 'http://[::1]:7080'],
    ['http://[fe80::1%eth0]:7080', undefined],
  ])('of %s is %s', (listens, reached) => {
    expect(urlOnBox(listens)).toBe(reached);
  });
});
