import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createObjectScan } from './object-scan.ts';

describe('createObjectScan', () => {
  it('finds the end of any JSON object, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.string(),
        fc.nat(),
        (object, behind, cut) => {
          const json = JSON.stringify(object, undefined, 1);
          const text = json + behind;
          const at = cut % (text.length + 1);
          const scan = createObjectScan();
          const first = scan.read(text.slice(0, at));
          const found = first.state === 'open' ? at + scan.read(text.slice(at)).length : first.length;
          expect(found).toBe(json.length);
        },
      ),
    );
  });

  it.each([
    ['{"a": <', 6],
    ['{"a\nb"', 3],
    ["{'a", 1],
  ])('stops at a character that no JSON has there: %j', (text, length) => {
    expect(createObjectScan().read(text)).toEqual({ length, state: 'broken' });
  });
});
