import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createPlaneClient, type PlaneClient } from '@flotilla/api-client';
import { ReportedService } from '@flotilla/contracts';
import { LIGHT_PROCESS } from '@flotilla/kernel';
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
  /** Path of a file in the agent's data folder. */
  agentFile(name: string): string;
  stop(): Promise<void>;
}

export interface OneBoxOptions {
  /** Default `assistant`. */
  service?: string;
  /** Makes what is rolled out and names it. Default `assistant@1`, which every fresh control plane has. */
  release?: (client: PlaneClient) => Promise<string>;
  /** Flags of Node itself, for the agent. */
  agentNodeFlags?: readonly string[];
  /** Aborted: whatever was started is stopped, and the start rejects. */
  signal?: AbortSignal;
}

/** Starts both, joins, rolls a service out and waits for the first answer. */
export async function startOneBox({
  service = 'assistant',
  release = async () => 'assistant@1',
  agentNodeFlags = [],
  signal,
}: OneBoxOptions = {}): Promise<OneBox> {
  const folder = await tempFolder({ name: 'bench' });
  const ports = {
    people: await freePort(),
    gateway: await freePort(),
    mqtt: await freePort(),
    box: await freePort(),
  };
  const box = new RunningBox({ folder, ports, service, agentNodeFlags });
  try {
    await box.startPlane();
    signal?.throwIfAborted();
    await box.join();
    await box.startAgent();
    signal?.throwIfAborted();
    const name = await release(box.client);
    await box.client.api.v1.rollouts.$post({ json: { release: name, selector: '*' } });
    await box.answers(300_000, signal);
    return box;
  } catch (error) {
    await box.stop();
    throw error;
  }
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
  readonly #service: string;
  readonly #agentNodeFlags: readonly string[];
  #plane: Child | undefined;
  #agent: Child | undefined;
  #client: PlaneClient | undefined;

  constructor({
    folder,
    ports,
    service,
    agentNodeFlags,
  }: {
    folder: TempFolder;
    ports: Ports;
    service: string;
    agentNodeFlags: readonly string[];
  }) {
    this.#folder = folder;
    this.#ports = ports;
    this.#service = service;
    this.#agentNodeFlags = agentNodeFlags;
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
      nodeArgs: LIGHT_PROCESS.nodeFlags,
      env: LIGHT_PROCESS.environment,
      packagesFrom: 'dist',
    });
    await this.plane.ready(/"event":"ready"/, { deadlineMs: 60_000 });
    const token = (await readFile(this.#folder.file('plane', 'admin-token'), 'utf8')).trim();
    this.#client ??= createPlaneClient({ baseUrl: `http://127.0.0.1:${people}`, token });
  }

  async join(): Promise<void> {
    const { token } = await (await this.client.api.v1['join-tokens'].$post({ json: {} })).json();
    const joining = spawnNode({
      script: AGENT,
      args: ['join', token, '--data', this.#folder.file('agent')],
      packagesFrom: 'dist',
    });
    await joining.exited;
  }

  async startAgent(): Promise<void> {
    const args = ['run', '--json', '--data', this.#folder.file('agent'), '--port', `${this.#ports.box}`];
    this.#agent = spawnNode({
      script: AGENT,
      args,
      nodeArgs: [...LIGHT_PROCESS.nodeFlags, ...this.#agentNodeFlags],
      env: LIGHT_PROCESS.environment,
      packagesFrom: 'dist',
    });
    await this.agent.ready(/"event":"started"/, { deadlineMs: 60_000 });
  }

  async status() {
    return Status.parse(await (await fetch(`${this.boxUrl}/flotilla/v1/status`)).json());
  }

  async answers(deadlineMs = 60_000, signal?: AbortSignal): Promise<void> {
    await waitFor(async () => signal?.aborted === true || (await this.#ask()), {
      what: 'the box answers',
      deadlineMs,
    });
    signal?.throwIfAborted();
  }

  agentFile(name: string): string {
    return this.#folder.file('agent', name);
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
        model: this.#service,
        messages: [{ role: 'user', content: 'lock the garage door' }],
        max_tokens: 64,
      }),
    });
    await response.text();
    return response.ok;
  }
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('not started yet');
  return value;
}
