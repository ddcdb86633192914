import { describe, expect, it } from 'vitest';
import { BoxUrl } from './reported.ts';

describe('the address of a box', () => {
  it.each(['http://127.0.0.1:7080', 'http://[::1]:7080', 'https://box-7.lan'])('may be %s', (url) => {
    expect(BoxUrl.parse(url)).toBe(url);
  });

  it.each(['http://a/$(id)', 'http://127.0.0.1:7080/;id', "http://a'b", 'file:///etc/passwd'])(
    'may not be %s, which somebody would paste into a shell',
    (url) => {
      expect(BoxUrl.safeParse(url).success).toBe(false);
    },
  );
});
