import { rm, stat } from 'node:fs/promises';

import { createProbes, detectHardware } from '@flotilla/agent-hardware';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { openDataFolder } from '@flotilla/platform-files';
import { parseJoinToken } from '@flotilla/platform-pki';
import { agentInfo } from '../agent-info.ts';
import { labelsOf } from '../config.ts';
import { joinDevice } from '../join/join-device.ts';
import { DATA_FORMAT } from '../state/data-paths.ts';
import type { Command, CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** What says that no device was made. After anything else the key must stay: the answer to it may have been lost. */
const REFUSALS: ReadonlySet<string> = new Set([
  'join-token-invalid',
  'join-token-expired',
  'join-token-used-up',
  'fingerprint-mismatch',
]);

/** `flotilla-agent join TOKEN` */
export const join: Command = async (context) => {
  const { config, operands } = context;
  const token = operands.join('');
  if (token === '') {
    throw new FlotillaError('invalid-input', 'A join token is needed: `flotilla-agent join TOKEN`.', {
      details: { field: 'token', fix: 'Create one in the console, or with `flotilla join-tokens create`.' },
    });
  }
  parseJoinToken(token);
  const labels = labelsOf(config);
  const isNew = !(await exists(config.dataFolder));
  try {
    return await joinFrom({ ...context, token, labels });
  } catch (error) {
    if (isNew && REFUSALS.has(toFlotillaError(error).code)) {
      await rm(config.dataFolder, { recursive: true, force: true });
    }
    throw error;
  }
};

async function joinFrom({
  config,
  sources,
  token,
  labels,
  clock,
  json,
  force,
  print,
}: CommandContext & { token: string; labels: ReturnType<typeof labelsOf> }): Promise<number> {
  const folder = await openDataFolder({
    path: config.dataFolder,
    formatVersion: DATA_FORMAT,
    notCopied: ['models'],
  });
  try {
    const facts = await detectHardware(createProbes({ dataFolder: folder.path }), clock);
    const identity = await joinDevice({
      token,
      folder,
      name: config.name,
      labels,
      agent: agentInfo(undefined),
      facts,
      force,
      clock,
    });
    const { deviceId, gatewayUrl, mqttUrl } = identity;
    // Without the flag of this command the next one would look in another folder.
    const data = sources['dataFolder']?.kind === 'flag' ? ` --data ${quoted(config.dataFolder)}` : '';
    if (json) print(JSON.stringify({ event: 'joined', deviceId, gatewayUrl, mqttUrl }));
    else
      print(`Joined ${gatewayUrl} as device ${deviceId}. Start the box with \`flotilla-agent run${data}\`.`);
    return EXIT.ok;
  } finally {
    folder.close();
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(path) ? path : `"${path}"`;
}
