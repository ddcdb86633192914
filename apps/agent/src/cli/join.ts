import { createProbes, detectHardware } from '@flotilla/agent-hardware';
import { FlotillaError } from '@flotilla/contracts';
import { openDataFolder } from '@flotilla/platform-files';
import { agentInfo } from '../agent-info.ts';
import { labelsOf } from '../config.ts';
import { joinDevice } from '../join/join-device.ts';
import { DATA_FORMAT } from '../state/data-paths.ts';
import type { Command } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** `flotilla-agent join TOKEN` */
export const join: Command = async ({ config, operands, clock, json, force, print }) => {
  const [token] = operands;
  if (token === undefined) {
    throw new FlotillaError('invalid-input', 'A join token is needed: `flotilla-agent join TOKEN`.', {
      details: { field: 'token', fix: 'Create one in the console, or with `flotilla join-tokens create`.' },
    });
  }
  const folder = await openDataFolder({
    path: config.dataFolder,
    formatVersion: DATA_FORMAT,
    notCopied: ['models'],
  });
  try {
    const facts = await detectHardware(createProbes({ dataFolder: folder.path }), clock);
    const identity = await joinDevice({
      token: operands.join(''),
      folder,
      name: config.name,
      labels: labelsOf(config),
      agent: agentInfo(undefined),
      facts,
      force,
      clock,
    });
    const { deviceId, gatewayUrl, mqttUrl } = identity;
    if (json) print(JSON.stringify({ event: 'joined', deviceId, gatewayUrl, mqttUrl }));
    else print(`Joined ${gatewayUrl} as device ${deviceId}. Start the box with \`flotilla-agent run\`.`);
    return EXIT.ok;
  } finally {
    folder.close();
  }
};
