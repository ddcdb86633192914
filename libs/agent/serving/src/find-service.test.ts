import { describe, expect, it } from 'vitest';
import { findService } from './find-service.ts';

const SERVICES = [
  { service: 'assistant', variant: 'harbor-1m-q8_0' },
  { service: 'helper', variant: 'harbor-1m-q8_0' },
  { service: 'till', variant: 'harbor-0.3m-q4_0' },
  { service: 'dark', variant: undefined },
];

describe('findService', () => {
  it.each([
    ['assistant', { service: 'assistant', adapter: true }],
    ['assistant@base', { service: 'assistant', adapter: false }],
    ['harbor-0.3m-q4_0', { service: 'till', adapter: true }],
    ['harbor-0.3m-q4_0@base', { service: 'till', adapter: false }],
    ['dark', { service: 'dark', adapter: true }],
    ['gpt', undefined],
    ['gpt@base', undefined],
    ['@base', undefined],
  ])('%s leads to %j', (model, found) => {
    expect(findService(SERVICES, model)).toEqual(found);
  });

  it.each(['harbor-1m-q8_0', 'harbor-1m-q8_0@base'])(
    'refuses %s, which serves two, and names them',
    (model) => {
      expect(() => findService(SERVICES, model)).toThrow(
        expect.objectContaining({
          code: 'invalid-input',
          details: expect.objectContaining({ field: 'model', served: ['assistant', 'helper'] }) as object,
        }),
      );
    },
  );

  it('leads to a service that is called as the variant of others', () => {
    const services = [...SERVICES, { service: 'harbor-1m-q8_0', variant: undefined }];
    expect(findService(services, 'harbor-1m-q8_0')?.service).toBe('harbor-1m-q8_0');
  });
});
