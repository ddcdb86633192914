import { join } from 'node:path';
import { FlotillaError, HttpProblem } from '@flotilla/contracts';
import { z } from 'zod';
import { readAdminToken } from '../admin-token.ts';
import type { CommandInput } from '../cli.ts';
import { ADMIN_TOKEN_FILE } from '../compose.ts';
import { loadControlPlaneConfig } from '../load.ts';
import { readRunning, RUNNING_FILE } from '../running-file.ts';

const Link = z.object({ path: z.string(), expiresAt: z.int() });

/** Asks the running instance, by the admin token of its data folder, for a link that works once within ten minutes. */
export async function printSignInLink(input: CommandInput): Promise<void> {
  const { config } = await loadControlPlaneConfig(input);
  const token = await readAdminToken(join(config.data, ADMIN_TOKEN_FILE));
  const running = await readRunning(join(config.data, RUNNING_FILE));
  if (token === undefined || running === undefined) throw notRunning(config.data);
  const response = await fetch(`${running.loopbackUrl}/v1/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  }).catch((cause: unknown) => {
    throw notRunning(config.data, cause);
  });
  const body: unknown = await response.json();
  if (!response.ok) {
    const { detail } = HttpProblem.parse(body);
    throw new FlotillaError('unavailable', `The control plane refuses: ${detail}`);
  }
  const { path, expiresAt } = Link.parse(body);
  const url = `${running.consoleUrl}${path}`;
  process.stdout.write(input.json ? `${JSON.stringify({ url, expiresAt })}\n` : `${url}\n`);
}

function notRunning(data: string, cause?: unknown): FlotillaError {
  return new FlotillaError('unavailable', `No control plane runs with the data folder ${data}.`, {
    cause,
    details: { fix: 'Start it with `flotilla-control-plane run`, or name its folder with --data.' },
  });
}
