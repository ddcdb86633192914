import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createPlaneClient, type PlaneClient } from '@flotilla/api-client';
import { freePort, spawnNode, type Child } from '@flotilla/testkit';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ports {
  port: number;
  gatewayPort: number;
  mqttPort: number;
}

export interface PlaneProcess {
  child: Child;
  ready: {
    consoleUrl: string;
    signInUrl: string;
    gatewayUrl: string;
    mqttUrl: string;
    adminTokenFile: string;
  };
  token: string;
  client: PlaneClient;
  ports: Ports;
}

export async function freePorts(): Promise<Ports> {
  return { port: await freePort(), gatewayPort: await freePort(), mqttPort: await freePort() };
}

/** Starts the real program from source and waits until it says that it is ready. */
export async function startPlane({
  data,
  ports,
  args = [],
  env = {},
}: {
  data: string;
  ports?: Ports;
  args?: string[];
  env?: Record<string, string>;
}): Promise<PlaneProcess> {
  const taken = ports ?? (await freePorts());
  const child = spawnPlane(['run', '--json', '--data', data, ...flagsOf(taken), ...args], env);
  const [line] = await child.ready(/^\{"event":"ready".*\}$/m, { deadlineMs: 90_000 });
  const ready = JSON.parse(line) as PlaneProcess['ready'];
  const token = (await readFile(ready.adminTokenFile, 'utf8')).trim();
  const client = createPlaneClient({ baseUrl: ready.consoleUrl, token });
  return { child, ready, token, client, ports: taken };
}

export function spawnPlane(args: string[], env: Record<string, string> = {}): Child {
  return spawnNode({ script: MAIN, args, env });
}

export function flagsOf({ port, gatewayPort, mqttPort }: Ports): string[] {
  return ['--port', `${port}`, '--gateway-port', `${gatewayPort}`, '--mqtt-port', `${mqttPort}`];
}
