import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import { createPlaneClient, type PlaneClient } from '@flotilla/api-client';
import { type Child, freePort, spawnNode, tempFolder, waitFor } from '@flotilla/testkit';
import { inject } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../control-plane/src/main.ts', import.meta.url));

export interface ControlPlane {
  readonly url: string;
  readonly adminToken: string;
  /** The people's API as the admin calls it. */
  readonly api: PlaneClient['api']['v1'];
  /** Ends it, and starts it again on the same data and ports. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** The real control plane as a process, with the console of this run, on an empty data folder. */
export async function startControlPlane({ starterModels = true } = {}): Promise<ControlPlane> {
  const data = await tempFolder({ name: 'plane' });
  const [port, gatewayPort, mqttPort] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const args = [
    'run',
    ...['--data', data.path],
    ...['--port', String(port), '--gateway-port', String(gatewayPort), '--mqtt-port', String(mqttPort)],
    ...['--console-folder', inject('consoleFolder')],
    ...['--starter-models', String(starterModels)],
  ];
  let child = await start({ args, url });
  const adminToken = (await readFile(data.file('admin-token'), 'utf8')).trim();
  const { api } = createPlaneClient({ baseUrl: url, token: adminToken });
  return {
    url,
    adminToken,
    api: api.v1,
    async restart(whileDown = async () => {}) {
      await child.stop();
      await whileDown();
      child = await start({ args, url });
    },
    async stop() {
      await child.stop();
      await data.remove();
    },
  };
}

async function start({ args, url }: { args: string[]; url: string }): Promise<Child> {
  const child = spawnNode({ script: MAIN, args });
  await waitFor(
    async () => {
      if (!child.running) return true;
      return (await fetch(`${url}/readyz`)).ok;
    },
    { what: 'the control plane is ready', deadlineMs: 90_000, everyMs: 100 },
  );
  if (!child.running) throw new FlotillaError('internal', `The control plane ended:\n${child.output()}`);
  return child;
}
