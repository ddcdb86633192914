import { request } from 'node:http';

import { z } from 'zod';
import { readJsonFile } from '@flotilla/platform-files';

/** `endpoint.json`: where the agent that runs on a data folder can be asked. */
export const Endpoint = z.object({
  v: z.literal(1),
  pid: z.int(),
  url: z.string(),
  socket: z.string().optional(),
});
export type Endpoint = z.infer<typeof Endpoint>;

/** What the running agent answers to `GET path`; undefined where none runs or answers. */
export async function fetchRunning({
  endpointFile,
  path,
}: {
  endpointFile: string;
  path: string;
}): Promise<unknown> {
  const endpoint = await readJsonFile(endpointFile, Endpoint).catch(() => undefined);
  if (!endpoint) return undefined;
  const url = new URL(path, endpoint.url);
  // The socket needs no API key where it exists: whoever may open it may read the folder as well.
  const target = endpoint.socket === undefined ? {} : { socketPath: endpoint.socket };
  return new Promise((resolve) => {
    const sent = request(
      { ...target, host: url.hostname, port: url.port, path, timeout: 3_000 },
      (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => {
          try {
            resolve(
              answer.statusCode === 200 ? JSON.parse(Buffer.concat(pieces).toString('utf8')) : undefined,
            );
          } catch {
            resolve(undefined);
          }
        });
      },
    );
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(undefined));
    sent.end();
  });
}
