import { describe, expect, it } from 'vitest';
import { listHolds } from './list-holds.ts';

const wanted = (service: string, activation: 'go' | 'hold') => ({
  service,
  release: `${service}-2`,
  revision: 2,
  activation,
});

describe('listHolds', () => {
  it('names what the control plane keeps from serving, whether it serves something else or nothing', () => {
    const desired = { services: [wanted('a', 'hold'), wanted('b', 'go'), wanted('c', 'hold')] };
    const holds = listHolds({ desired, services: [{ service: 'a', release: 'a-1' }, { service: 'b' }] });
    expect(holds.map(({ service, revision, by }) => [service, revision, by])).toEqual([
      ['a', 2, 'control-plane'],
      ['c', 2, 'control-plane'],
    ]);
  });

  it('leaves out what serves already', () => {
    const desired = { services: [wanted('a', 'hold')] };
    expect(listHolds({ desired, services: [{ service: 'a', release: 'a-2' }] })).toEqual([]);
  });

  it('knows of none before a control plane has said what it wants', () => {
    expect(listHolds({ desired: undefined, services: [{ service: 'a', release: 'a-1' }] })).toEqual([]);
  });
});
