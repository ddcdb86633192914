import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviceFacts } from './device.ts';
import { formatSelector, gpuBackend, matchesSelector, parseSelector } from './selector.ts';

const DEVICE = { id: '0192f0c1-0000-7000-8000-000000000001', labels: { site: 'lisbon', floor: '2' } };

const FACTS = DeviceFacts.parse({
  v: 1,
  at: 0,
  os: { platform: 'linux' },
  cpu: { arch: 'x64', cores: 1, usableCores: 1 },
  memory: { totalBytes: 1, availableBytes: 1 },
});

function parsed(text: string) {
  const result = parseSelector(text);
  if (!result.ok) expect.unreachable(result.reason);
  return result.selector;
}

describe('a selector', () => {
  it.each([
    ['*', true],
    ['site=lisbon', true],
    ['site=lisbon AND floor=2', true],
    ['site=lisbon, floor=2', true],
    ['site=lisbon and floor=3', false],
    ['site=porto', false],
    ['hw.gpu=none', true],
    [`device=${DEVICE.id}`, true],
  ])('%s matches: %s', (text, matches) => {
    expect(matchesSelector(parsed(text), DEVICE)).toBe(matches);
  });

  it.each([
    '',
    '  ',
    'site',
    '=x',
    'site=',
    'site==x',
    'Site=x',
    'site=a AND',
    'site=a b',
    'site=a OR site=b',
  ])('refuses `%s` and says how to write one', (text) => {
    const result = parseSelector(text);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.reason).toContain('key=value');
  });

  it('finds nothing under a name that every object answers to', () => {
    const all = [{ key: 'constructor', value: 'x' }];
    expect(matchesSelector({ all }, { id: 'a', labels: {} })).toBe(false);
  });

  it('knows no GPU from one that could not be looked for', () => {
    expect(gpuBackend(undefined)).toBe('none');
    expect(gpuBackend({ ...FACTS, unknown: [{ probe: 'gpus', reason: 'no answer' }] })).toBe('unknown');
    expect(gpuBackend({ ...FACTS, unknown: [{ probe: 'disk', reason: 'no answer' }] })).toBe('none');
  });

  it('survives being formatted and parsed again', () => {
    const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    const value = fc.stringMatching(/^[a-zA-Z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(fc.record({ key, value }), { maxLength: 5 }), (all) => {
        expect(parsed(formatSelector({ all }))).toEqual({ all });
      }),
    );
  });
});
