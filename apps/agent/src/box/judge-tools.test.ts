import { describe, expect, it } from 'vitest';
import { fitsSchema, matchesRegex } from './judge-tools.ts';

describe('matchesRegex', () => {
  it('finds a match with its flags', () => {
    expect(matchesRegex({ pattern: '^lock', flags: 'i', text: 'Lock the door' })).toBe(true);
    expect(matchesRegex({ pattern: '^door', flags: '', text: 'Lock the door' })).toBe(false);
  });

  it('ends a pattern that would not end by itself', () => {
    expect(() => matchesRegex({ pattern: '^(a+)+$', flags: '', text: `${'a'.repeat(40)}!` })).toThrow(
      /timed out/,
    );
  });

  it('throws for what is no pattern', () => {
    expect(() => matchesRegex({ pattern: '(', flags: '', text: '' })).toThrow(/regular expression/i);
  });

  it('gives a pattern nothing of this process', () => {
    expect(matchesRegex({ pattern: 'a', flags: '', text: 'a' })).toBe(true);
    expect(Object.keys(globalThis)).not.toContain('found');
  });
});

describe('fitsSchema', () => {
  const schema = {
    type: 'object',
    properties: { intent: { enum: ['lock_door'] }, door: { type: 'string' } },
    required: ['intent'],
    additionalProperties: false,
  };
  it('validates by the schema', () => {
    expect(fitsSchema({ schema, value: { intent: 'lock_door', door: 'back' } })).toBe(true);
    expect(fitsSchema({ schema, value: { intent: 'sing' } })).toBe(false);
    expect(fitsSchema({ schema, value: { intent: 'lock_door', extra: 1 } })).toBe(false);
  });

  it('ends a pattern in a schema that would not end by itself', () => {
    const endless = { type: 'string', pattern: '^(([a-z ])+)+$x' };
    expect(() => fitsSchema({ schema: endless, value: 'a'.repeat(48) })).toThrow(/timed out/);
    expect(fitsSchema({ schema, value: { intent: 'lock_door' } })).toBe(true);
  });

  it('does not take a wait for the processor for a pattern that runs away', () => {
    let reads = 0;
    const value = {
      get intent() {
        reads += 1;
        if (reads === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
        return 'lock_door';
      },
    };
    expect(fitsSchema({ schema, value })).toBe(true);
    expect(reads).toBeGreaterThan(1);
  });

  it('takes no promise of an asynchronous schema for a yes', () => {
    expect(fitsSchema({ schema: { $async: true, type: 'string' }, value: 'text' })).toBe(false);
  });

  it('throws for what is no schema', () => {
    expect(() => fitsSchema({ schema: { type: 'nonsense' }, value: 1 })).toThrow();
  });
});
