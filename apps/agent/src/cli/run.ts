import { openDataFolder } from '@flotilla/platform-files';
import { DATA_FORMAT, dataPaths } from '../state/data-paths.ts';
import { readIdentity } from '../state/identity.ts';
import { startBox } from '../start-box.ts';
import type { Command } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** Everything must be down within 5 s of a signal; what is not by then is cut. */
const STOP_MS = 4_500;

/** `flotilla-agent run`: until SIGINT or SIGTERM. */
export const run: Command = async ({ config, clock, log, json, print }) => {
  const stopping = untilSignal();
  const folder = await openDataFolder({
    path: config.dataFolder,
    formatVersion: DATA_FORMAT,
    notCopied: ['models', 'local-models'],
  });
  try {
    const identity = await readIdentity(dataPaths(folder.path).identity);
    if (!identity) log.warn('this box has not joined a control plane');
    const box = await startBox({
      config,
      folder,
      identity,
      clock,
      random: Math.random,
      log,
      onProgress: (line) => {
        if (json) print(JSON.stringify(line));
      },
    });
    if (!json) print(`Box API: ${box.url}`);
    const signal = await stopping;
    log.info({ signal }, 'stopping');
    const late = setTimeout(() => {
      log.error('not stopped in time');
      process.exit(EXIT.failed);
    }, STOP_MS);
    await box.stop();
    clearTimeout(late);
    return EXIT.ok;
  } finally {
    folder.close();
  }
};

function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(EXIT.failed)); // asked twice: at once
      });
    }
  });
}
