import { toFlotillaError } from '@flotilla/contracts';
import type { AppProcess } from './app-process.ts';
import { launch } from './launch.ts';
import { HELP, parseStartOptions, type StartOptions } from './options.ts';
import { createProgressView } from './progress-view.ts';

/** The agent goes first, so that its last rows reach the control plane; together they have less than 5 s. */
const GRACE_MS = 2_300;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const options = parseStartOptions(args);
    if (options === 'help') {
      console.log(HELP);
      return 0;
    }
    return await run(options);
  } catch (error) {
    explain(error);
    return 1;
  }
}

async function run(options: StartOptions): Promise<number> {
  const view = createProgressView(process.stderr);
  const apps: AppProcess[] = [];
  const interrupt = new AbortController();
  const interrupted = new Promise<void>((resolve) =>
    interrupt.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());
  try {
    const started = await launch({
      options,
      view,
      signal: interrupt.signal,
      onStarted: (app) => apps.unshift(app),
    });
    console.log(`
Console    ${started.signInLink}
           (works once; later sign in with the token in ${started.adminTokenFile})
CLI        npx flotilla login --url ${started.consoleUrl} --token-file ${started.adminTokenFile}
Box API    ${started.boxUrl}

  ${started.curl}

Answer     ${started.answer}
`);
    if (options.once) return 0;
    console.log('Running. Ctrl-C stops everything.');
    await Promise.race([interrupted, ...apps.map((app) => app.failed)]);
    return 0;
  } catch (error) {
    view.fail();
    if (interrupt.signal.aborted) return 130;
    explain(error);
    return 1;
  } finally {
    interrupt.abort(); // what still waits for an app that has ended would keep this process for minutes
    if (apps.length > 0) {
      view.begin('Stopping');
      for (const app of apps) await app.stop(GRACE_MS);
      view.done('Stopped');
    }
  }
}

function explain(error: unknown): void {
  const { message, details } = toFlotillaError(error);
  console.error(`\n${message}`);
  if (typeof details.fix === 'string') console.error(`To fix it: ${details.fix}`);
}
