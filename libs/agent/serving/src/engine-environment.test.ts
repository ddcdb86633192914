import { LIGHT_PROCESS } from '@flotilla/kernel';
import { describe, expect, it } from 'vitest';
import { engineEnvironment } from './engine-environment.ts';

describe('engineEnvironment', () => {
  it('asks for huge pages and one worker, and keeps the rest', () => {
    expect(engineEnvironment({ HOME: '/root' })).toEqual({
      HOME: '/root',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
      UV_THREADPOOL_SIZE: '1',
    });
  });

  it('is not the one that keeps the supervisor light', () => {
    const { environment } = LIGHT_PROCESS;
    expect(Object.keys(engineEnvironment({ ...environment, HOME: '/root' })).sort()).toEqual([
      'GLIBC_TUNABLES',
      'HOME',
      'UV_THREADPOOL_SIZE',
    ]);
  });

  it('leaves a variable of these to who runs the agent where its value is another one', () => {
    const environment = { ...LIGHT_PROCESS.environment, MALLOC_ARENA_MAX: '8' };
    expect(engineEnvironment(environment)).toMatchObject({ MALLOC_ARENA_MAX: '8' });
    expect(engineEnvironment(environment)).not.toHaveProperty('MALLOC_TRIM_THRESHOLD_');
  });

  it('adds to the tunables that are set', () => {
    expect(engineEnvironment({ GLIBC_TUNABLES: 'glibc.malloc.arena_max=2' })['GLIBC_TUNABLES']).toBe(
      'glibc.malloc.arena_max=2:glibc.malloc.hugetlb=1',
    );
  });

  it('leaves the decision of who runs the agent alone', () => {
    const own = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0', UV_THREADPOOL_SIZE: '8' };
    expect(engineEnvironment(own)).toEqual(own);
  });
});
