import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  Adapter,
  DeviceDetail,
  FlotillaError,
  Model,
  ReleaseView,
  type GoldenPrompt,
  type ReleaseSpec,
  type Variant,
} from '@flotilla/contracts';
import { freePort, spawnNode, type Child } from '@flotilla/testkit';

export const PLANE_MAIN = fileURLToPath(new URL('../../control-plane/src/main.ts', import.meta.url));

const ANYTHING: GoldenPrompt = {
  id: 'anything',
  messages: [{ role: 'user', content: 'Lock the back door' }],
  maxTokens: 16,
  expect: { kind: 'regex', pattern: '^', flags: '' },
};

/** A real control plane on loopback, started from source. A second one on the same ports is the same after a restart. */
export interface PlaneProcess {
  readonly child: Child;
  readonly url: string;
  readonly folder: string;
  readonly ports: PlanePorts;
  /** A call of the people's API as admin; throws what is refused. */
  call(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<unknown>;
  joinToken(request?: { maxUses?: number }): Promise<string>;
  rollOut(release: string): Promise<void>;
  /** A release of `assistant` on the smallest model, whose golden prompt any answer passes unless the spec says otherwise. */
  release(spec?: Partial<ReleaseSpec>): Promise<ReleaseView>;
  /** Brings a file into the catalogue as this variant of the model `imported`. */
  importModel(variant: string, file: Uint8Array): Promise<void>;
  /** The same as an adapter of that model. */
  importAdapter(adapter: string, file: Uint8Array): Promise<Adapter>;
  /** Names of the variants of one quantization, the smallest first. */
  variants(quantization: string): Promise<Variant[]>;
  device(deviceId: string): Promise<DeviceDetail>;
}

export interface PlanePorts {
  people: number;
  gateway: number;
  mqtt: number;
}

export async function freePlanePorts(): Promise<PlanePorts> {
  return { people: await freePort(), gateway: await freePort(), mqtt: await freePort() };
}

export async function startPlane({
  folder,
  ports,
}: {
  folder: string;
  ports: PlanePorts;
}): Promise<PlaneProcess> {
  const child = spawnNode({
    script: PLANE_MAIN,
    args: [
      'run',
      '--json',
      ...['--data', folder],
      ...['--port', String(ports.people)],
      ...['--gateway-port', String(ports.gateway)],
      ...['--mqtt-port', String(ports.mqtt)],
    ],
  });
  await child.ready(/"event":"ready"/, { deadlineMs: 120_000 });
  const url = `http://127.0.0.1:${ports.people}`;
  const token = (await readFile(`${folder}/admin-token`, 'utf8')).trim();

  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    throw new FlotillaError('conflict', `${method} ${path}: ${JSON.stringify(answer)}`);
  }

  async function variants(quantization: string): Promise<Variant[]> {
    const { items } = (await call('GET', '/v1/models')) as { items: unknown[] };
    return items
      .flatMap((model) => Model.parse(model).variants)
      .filter((variant) => variant.quantization === quantization)
      .sort((a, b) => a.bytes - b.bytes);
  }

  async function importFile(
    name: { variant: string } | { adapter: string },
    file: Uint8Array,
  ): Promise<unknown> {
    const request = { modelId: 'imported', ...name };
    const { id } = (await call('POST', '/v1/imports', request)) as { id: string };
    const response = await fetch(`${url}/v1/imports/${id}/file`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: file,
    });
    if (!response.ok) throw new FlotillaError('conflict', await response.text());
    return response.json();
  }

  return {
    child,
    url,
    variants,
    async importModel(variant, file) {
      await importFile({ variant }, file);
    },
    importAdapter: async (adapter, file) => Adapter.parse(await importFile({ adapter }, file)),
    folder,
    ports,
    call,
    async joinToken(request = {}) {
      return ((await call('POST', '/v1/join-tokens', request)) as { token: string }).token;
    },
    async rollOut(release) {
      await call('POST', '/v1/rollouts', { release, selector: '*' });
    },
    async release(spec = {}) {
      const known = ReleaseView.parse(await call('GET', '/v1/releases/assistant@1'));
      const { intent, systemPrompt } = known.release;
      const [smallest] = await variants('Q8_0');
      return ReleaseView.parse(
        await call('POST', '/v1/releases', {
          service: 'assistant',
          candidates: [smallest?.name],
          intent,
          ...(systemPrompt === undefined ? {} : { systemPrompt }),
          goldenPrompts: [ANYTHING],
          ...spec,
        }),
      );
    },
    device: async (deviceId) => DeviceDetail.parse(await call('GET', `/v1/devices/${deviceId}`)),
  };
}
