import { describe, expect, it } from 'vitest';
import { DeviceStatus } from './command.ts';
import { FlotillaError, PROBLEMS, toFlotillaError } from './errors.ts';
import { ReleaseSpec, requiredCapabilities } from './release.ts';
import { ReportedService } from './reported.ts';
import { ImportModelRequest } from './rest/requests.ts';
import { Id } from './scalars.ts';

describe('a reader of an older version', () => {
  it('drops fields it does not know', () => {
    expect(DeviceStatus.parse({ v: 1, state: 'online', at: 1, mood: 'good' })).toEqual({
      v: 1,
      state: 'online',
      at: 1,
    });
  });

  it('reads an enum member it does not know as unknown', () => {
    expect(ReportedService.parse({ service: 'assistant', state: 'dreaming', phase: 'rem' })).toMatchObject({
      state: 'unknown',
      phase: 'unknown',
    });
  });

  it('refuses another major version', () => {
    expect(DeviceStatus.safeParse({ v: 2, state: 'online', at: 1 }).success).toBe(false);
  });
});

describe('what people send', () => {
  it('is refused by name when a field is unknown', () => {
    const result = ReleaseSpec.safeParse({
      service: 'a',
      candidates: ['x'],
      intent: { contextTokens: 2048, speed: 9 },
      goldenPrompts: [],
    });
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).toContain('speed');
  });
});

describe('a service', () => {
  it('is not called as the models are counted that boxes made for themselves', () => {
    const named = (service: string) => ReleaseSpec.shape.service.safeParse(service).success;
    expect([named('local'), named('local-shop')]).toEqual([false, true]);
  });
});

describe('an import', () => {
  const file = { modelId: 'm' };
  it('names a variant or an adapter, never both and never neither', () => {
    expect(ImportModelRequest.safeParse({ ...file, variant: 'v' }).success).toBe(true);
    expect(ImportModelRequest.safeParse({ ...file, adapter: 'a' }).success).toBe(true);
    for (const wrong of [file, { ...file, variant: 'v', adapter: 'a' }]) {
      expect(ImportModelRequest.safeParse(wrong).error?.issues).toMatchObject([{ path: ['variant'] }]);
    }
    const titled = ImportModelRequest.safeParse({ ...file, adapter: 'a', title: 'A' });
    expect(titled.error?.issues).toMatchObject([{ path: ['title'] }]);
  });
});

describe('an id', () => {
  it.each(['a', 'a-b', '0192f0c1-0000-7000-8000-000000000001'])('accepts %s', (id) =>
    expect(Id.safeParse(id).success).toBe(true),
  );
  it.each(['', '-a', 'a-', 'A', 'a/b', 'a.b', 'a b', '..', 'é'])('refuses `%s`', (id) =>
    expect(Id.safeParse(id).success).toBe(false),
  );
});

describe('a release', () => {
  it('requires the capability of every critical field it uses', () => {
    const intent = { contextTokens: 2048, memoryShare: 0.7, sequences: 4 };
    const digest = 'a'.repeat(64);
    const file = { digest, manifestDigest: digest, bytes: 1 };
    const facts = { architecture: 'llama', quantization: 'F16' };
    const plain = { ...file, variant: 'm', modelId: 'm', quantization: 'F16', facts };
    const adapted = { ...plain, adapter: { ...file, name: 'a', scale: 1 } };
    const least = requiredCapabilities({ intent, candidates: [plain] });
    expect(least).toEqual(['release-v1', 'golden-prompts-v1', 'chunked-pull-v1', 'memory-share-v1']);
    expect(
      requiredCapabilities({
        intent: { ...intent, minTokensPerSecond: 8 },
        systemPrompt: 'x',
        candidates: [plain, adapted],
      }),
    ).toEqual([...least, 'min-speed-v1', 'system-prompt-v1', 'adapter-v1']);
  });
});

describe('an error', () => {
  it('takes status and retryable from the table of its code', () => {
    const error = new FlotillaError('disk-full', 'needs 3 GB', {
      details: { about: 'blob', fix: 'free 1 GB' },
    });
    expect(error.status).toBe(PROBLEMS['disk-full'].status);
    expect(error.retryable).toBe(true);
    expect(error.toProblem()).toEqual({
      code: 'disk-full',
      detail: 'needs 3 GB',
      about: 'blob',
      fix: 'free 1 GB',
    });
  });

  it('keeps a foreign error as its cause', () => {
    const cause = new RangeError('odd');
    expect(toFlotillaError(cause)).toMatchObject({ code: 'internal', cause });
    expect(toFlotillaError(new DOMException('x', 'AbortError')).code).toBe('aborted');
  });
});
