import { createServer } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';
import type { Ports } from './options.ts';

const NAMES: Record<keyof Ports, string> = {
  people: 'the console and API',
  gateway: 'the device gateway',
  mqtt: 'MQTT',
  box: "the box's API",
};

/** Refuses a taken port before anything is started. @throws FlotillaError `port-taken` naming the port and the flag. */
export async function checkPorts(ports: Ports, host: string): Promise<void> {
  for (const [use, port] of Object.entries(ports) as [keyof Ports, number][]) {
    if (await isTaken(port, host)) {
      throw new FlotillaError(
        'port-taken',
        `Port ${port}, for ${NAMES[use]}, is taken: move all of them with \`npm start -- --port-base N\`.`,
        {
          details: { field: '--port-base', about: String(port) },
        },
      );
    }
  }
}

function isTaken(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(true) : reject(error),
    );
    server.listen({ port, host }, () => server.close(() => resolve(false)));
  });
}
