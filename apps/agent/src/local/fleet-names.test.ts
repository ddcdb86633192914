import type { ReconcileEvents } from '@flotilla/agent-reconcile';
import { expect, it } from 'vitest';
import { fleetNames } from './fleet-names.ts';

type Made = ReconcileEvents['plan-made'];
const record = (service: string, variant: string) => ({ service, placement: { variant } });

it('are the services that the fleet wants, those that serve, and the variants of these', () => {
  const names = fleetNames({
    desired: { services: [{ service: 'wanted' }] } as unknown as Made['desired'],
    world: {
      current: { services: [record('assistant', 'harbor-1m')] },
      slots: [{ record: record('leaving', 'harbor-0.3m') }],
    } as unknown as Made['world'],
  });
  expect([...names].sort()).toEqual(['assistant', 'harbor-0.3m', 'harbor-1m', 'leaving', 'wanted']);
});
