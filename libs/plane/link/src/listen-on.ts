import type { Server } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';

/**
 * Opens a server's port. Throws `port-taken` naming port and purpose where somebody has it, `invalid-config` where the
 * address is not one of this machine.
 */
export async function listenOn({
  server,
  host,
  port,
  what,
  onError,
}: {
  server: Server;
  host: string;
  port: number;
  /** What the port is for, in words: `MQTT`. */
  what: string;
  /** What goes wrong later, such as no more file handles for new connections. The server goes on. */
  onError: (error: Error) => void;
}): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const onRefused = (error: NodeJS.ErrnoException): void => reject(explain({ error, host, port, what }));
    server.once('error', onRefused);
    server.listen({ host, port }, () => {
      server.off('error', onRefused);
      server.on('error', onError);
      resolve();
    });
  });
}

function explain({
  error,
  host,
  port,
  what,
}: {
  error: NodeJS.ErrnoException;
  host: string;
  port: number;
  what: string;
}): FlotillaError {
  const place = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new FlotillaError('port-taken', `${place}, wanted for ${what}, is taken by another program.`, {
      cause: error,
      details: { about: place, port, what },
    });
  }
  if (error.code === 'EACCES') {
    return new FlotillaError('forbidden', `This user may not listen on ${place} for ${what}.`, {
      cause: error,
      details: { about: place, port, what, fix: 'Choose a port above 1023.' },
    });
  }
  return new FlotillaError('invalid-config', `${what} cannot listen on ${place}: ${error.message}.`, {
    cause: error,
    details: { about: place, port, what, fix: 'Give an address of this machine as --host.' },
  });
}
