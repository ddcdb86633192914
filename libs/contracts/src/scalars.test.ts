import { describe, expect, it } from 'vitest';
import { DeviceFacts } from './device.ts';
import { GgufFacts } from './model.ts';
import { PlainText, SaidText } from './scalars.ts';

const CONTROLS = ['\u0000', '\u001b', '\n', '\t', '\u007f', '\u009b'];

describe('a text', () => {
  it.each(CONTROLS)('that people send is refused with %j in it', (control) => {
    expect(PlainText(9).safeParse(`a${control}b`).success).toBe(false);
  });

  it('that people send may have any letters, up to its length', () => {
    expect(PlainText(9).safeParse('Küche 厨房').success).toBe(true);
    expect(PlainText(3).safeParse('long').success).toBe(false);
  });

  it.each(CONTROLS)('that a device says is read without %j', (control) => {
    expect(SaidText(9).parse(`a${control}b`)).toMatch(/^a[ \uFFFD]b$/);
  });

  it('of a GGUF header or of a device comes through the border clean', () => {
    const gguf = GgufFacts.parse({ architecture: 'llama\u001b[2J', quantization: 'Q8_0', name: 'a\nb' });
    expect(gguf).toMatchObject({ architecture: 'llama\uFFFD[2J', name: 'a b' });
    expect(DeviceFacts.shape.hostname.parse('box\u001b]0;x')).toBe('box\uFFFD]0;x');
  });
});
