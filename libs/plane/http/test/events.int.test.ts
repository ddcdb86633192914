import { afterAll, beforeAll, expect, it } from 'vitest';
import { realPlane, type RealPlane } from './real-plane.ts';

let plane: RealPlane;
beforeAll(async () => {
  plane = await realPlane();
  for (const kind of ['device-joined', 'device-reported', 'rollout-changed', 'device-reported'] as const) {
    await plane.deps.events.append({ kind, text: kind });
  }
});
afterAll(() => plane.close());

async function ids(query: string): Promise<number[]> {
  const answer = await plane.app.request(`/v1/events?${query}`, plane.as('viewer'));
  const { items } = (await answer.json()) as { items: { id: number }[] };
  return items.map(({ id }) => id);
}

it('events are listed newest first, of all kinds or of those that are named', async () => {
  expect(await ids('')).toEqual([4, 3, 2, 1]);
  expect(await ids('kind=device-reported')).toEqual([4, 2]);
  expect(await ids('kind=device-reported&kind=device-joined&limit=2')).toEqual([4, 2]);
  expect(await ids('kind=device-reported&kind=device-joined&limit=2&cursor=2')).toEqual([1]);
});

it('a kind of event that does not exist is refused by its field', async () => {
  const answer = await plane.app.request('/v1/events?kind=nonsense', plane.as('viewer'));
  expect([answer.status, await answer.json()]).toMatchObject([400, { errors: [{ field: 'kind' }] }]);
});
