import { Ajv2020 } from 'ajv/dist/2020.js';
import { tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPlane, type PlaneProcess } from './plane-process.ts';
import { row, TestDevice } from './test-device.ts';

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, unknown> }> }>>;
}

let folder: TempFolder;
let plane: PlaneProcess;
let device: TestDevice;
let document: OpenApi;
let params: Record<string, string>;

const ask = (path: string) =>
  fetch(`${plane.ready.consoleUrl}${path}`, { headers: { authorization: `Bearer ${plane.token}` } });

/** A fleet of which every list has something to say. */
beforeAll(async () => {
  folder = await tempFolder({ name: 'plane-openapi' });
  plane = await startPlane({ data: folder.file('data') });
  const api = plane.client.api.v1;
  const { token } = await (await api['join-tokens'].$post({ json: {} })).json();
  device = await TestDevice.join({ token, labels: { site: 'lab' } });
  await device.connect();
  const rollout = await (
    await api.rollouts.$post({ json: { release: 'assistant@1', selector: '*' } })
  ).json();
  const wanted = await waitFor(() => device.desired.at(-1), { what: 'something is wanted of the device' });
  await device.report(wanted.generation, [
    { service: 'assistant', state: 'serving', release: wanted.services[0]?.release, revision: 1 },
  ]);
  await device.sendRows('epoch-1', [row(1, 'ab'.repeat(32))]);
  const perKwh = { micro: 250_000, currency: 'EUR' };
  await api.tariffs.$post({ json: { validFrom: 0, perKwh } });
  await api['hardware-prices'].$post({
    json: { validFrom: 0, price: { micro: 80_000_000, currency: 'EUR' }, lifeMonths: 48 },
  });
  await waitFor(() => device.acks.length > 0, { what: 'the row is taken' });
  const { items } = await (await api.models.$get({ query: {} })).json();
  params = { deviceId: device.id, rolloutId: rollout.id, modelId: items[0]?.id ?? '', ref: 'assistant@1' };
  document = (await (await ask('/openapi.json')).json()) as OpenApi;
}, 120_000);
afterAll(async () => {
  await device.link.stop();
  await plane.child.stop();
  await folder.remove();
});

it('answers every GET as its OpenAPI document says, and with nothing besides', async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(closed(document) as object, 'openapi');
  const judged: string[] = [];
  for (const [path, { get }] of Object.entries(document.paths)) {
    const where = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
    // A link works once, and a stream never ends: each has a test of its own.
    if (get === undefined || path === '/sign-in/{code}' || path.endsWith('/stream')) continue;
    const answer = await ask(where);
    expect([path, answer.status]).toEqual([path, 200]);
    const media = answer.headers.get('content-type')?.split(';')[0] ?? '';
    expect(Object.keys(get.responses['200']?.content ?? {}), path).toContain(media);
    if (media !== 'application/json') continue;
    const part = ['paths', path, 'get', 'responses', '200', 'content', media, 'schema'].map(pointerPart);
    ajv.validate({ $ref: `openapi#/${part.join('/')}` }, await answer.json());
    expect([path, ajv.errorsText()]).toEqual([path, 'No errors']);
    judged.push(path);
  }
  expect(judged.length).toBeGreaterThan(15);
});

/** The same document with no room for a member that it does not name. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const next = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  return 'properties' in next && !('additionalProperties' in next)
    ? { ...next, additionalProperties: false }
    : next;
}

const pointerPart = (name: string) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
