import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createPlaneClient, type PlaneClient } from '@flotilla/api-client';
import { ReportedService } from '@flotilla/contracts';
import { type Child, freePort, spawnNode, type TempFolder, tempFolder, waitFor } from '@flotilla/testkit';
import { z } from 'zod';

const PLANE = fileURLToPath(new URL('../../../apps/control-plane/dist/main.js', import.meta.url));
const AGENT = fileURLToPath(new URL('../../../apps/agent/dist/main.js', import.meta.url));

const Status = z.object({
  services: z.array(ReportedService),
  telemetry: z.object({ waitingRows: z.int() }),
});

/** One control plane and one agent of the built product, in a folder that goes away. */
export interface OneBox {
  readonly client: PlaneClient;
  readonly boxUrl: string;
  readonly plane: Child;
  readonly agent: Child;
  startPlane(): Promise<void>;
  startAgent(): Promise<void>;
  status(): Promise<z.infer<typeof Status>>;
  /** Resolves when the box gives an answer with tokens. */
  answers(deadlineMs?: number): Promise<void>;
  /** Resolves when this variant serves. */
  serves(variant: string, deadlineMs?: number): Promise<void>;
  /** The process id of the engine that serves. */
  enginePid(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts both, joins, rolls `assistant` out and waits for the first answer. */
export async function startOneBox(): Promise<OneBox> {
  const folder = await tempFolder({ name: 'bench' });
  const ports = {
    people: await freePort(),
    gateway: await freePort(),
    mqtt: await freePort(),
    box: await freePort(),
  };
  const box = new RunningBox({ folder, ports });
  await box.startPlane();
  await box.join();
  await box.startAgent();
  await box.client.api.v1.rollouts.$post({ json: { release: 'assistant@1', selector: '*' } });
  await box.answers(120_000);
  return box;
}

interface Ports {
  people: number;
  gateway: number;
  mqtt: number;
  box: number;
}

class RunningBox implements OneBox {
  readonly boxUrl: string;
  readonly #folder: TempFolder;
  readonly #ports: Ports;
  #plane: Child | undefined;
  #agent: Child | undefined;
  #client: PlaneClient | undefined;

  constructor({ folder, ports }: { folder: TempFolder; ports: Ports }) {
    this.#folder = folder;
    this.#ports = ports;
    this.boxUrl = `http://127.0.0.1:${ports.box}`;
  }

  get client(): PlaneClient {
    return started(this.#client);
  }

  get plane(): Child {
    return started(this.#plane);
  }

  get agent(): Child {
    return started(this.#agent);
  }

  async startPlane(): Promise<void> {
    const { people, gateway, mqtt } = this.#ports;
    const flags = ['--port', `${people}`, '--gateway-port', `${gateway}`, '--mqtt-port', `${mqtt}`];
    this.#plane = spawnNode({
      script: PLANE,
      args: ['run', '--json', '--data', this.#folder.file('plane'), ...flags],
      nodeArgs: NODE_FLAGS,
    });
    await this.plane.ready(/"event":"ready"/, { deadlineMs: 60_000 });
    const token = (await readFile(this.#folder.file('plane', 'admin-token'), 'utf8')).trim();
    this.#client ??= createPlaneClient({ baseUrl: `http://127.0.0.1:${people}`, token });
  }

  async join(): Promise<void> {
    const { token } = await (await this.client.api.v1['join-tokens'].$post({ json: {} })).json();
    const joining = spawnNode({ script: AGENT, args: ['join', token, '--data', this.#folder.file('agent')] });
    await joining.exited;
  }

  async startAgent(): Promise<void> {
    const args = ['run', '--json', '--data', this.#folder.file('agent'), '--port', `${this.#ports.box}`];
    this.#agent = spawnNode({ script: AGENT, args, nodeArgs: NODE_FLAGS });
    await this.agent.ready(/"event":"started"/, { deadlineMs: 60_000 });
  }

  async status() {
    return Status.parse(await (await fetch(`${this.boxUrl}/flotilla/v1/status`)).json());
  }

  async answers(deadlineMs = 60_000): Promise<void> {
    await waitFor(() => this.#ask(), { what: 'the box answers', deadlineMs });
  }

  async serves(variant: string, deadlineMs = 120_000): Promise<void> {
    await waitFor(
      async () =>
        (await this.status()).services.some(
          (service) => service.state === 'serving' && service.variant?.name === variant,
        ),
      {
        what: `${variant} serves`,
        deadlineMs,
        everyMs: 50,
      },
    );
  }

  async enginePid(): Promise<number> {
    const children = await readFile(`/proc/${this.agent.pid}/task/${this.agent.pid}/children`, 'utf8');
    return Number(children.trim().split(' ').at(-1));
  }

  async stop(): Promise<void> {
    await this.#agent?.stop();
    await this.#plane?.stop();
    await this.#folder.remove();
  }

  async #ask(): Promise<boolean> {
    const response = await fetch(`${this.boxUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'assistant',
        messages: [{ role: 'user', content: 'lock the garage door' }],
      }),
    });
    await response.text();
    return response.ok;
  }
}

/** As `npm start` runs them. */
const NODE_FLAGS = ['--max-semi-space-size=2'];

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('not started yet');
  return value;
}
