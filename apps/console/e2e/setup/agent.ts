import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import { freePort, spawnNode, tempFolder } from '@flotilla/testkit';

const MAIN = fileURLToPath(new URL('../../../agent/src/main.ts', import.meta.url));

export interface Agent {
  /** The box's own API. */
  readonly url: string;
  ask(text: string): Promise<string>;
  stop(): Promise<void>;
}

/** A real agent that joins by the token and runs. */
export async function startAgent({
  token,
  name,
  labels,
}: {
  token: string;
  name: string;
  labels: string[];
}): Promise<Agent> {
  const data = await tempFolder({ name: 'agent' });
  const join = spawnNode({
    script: MAIN,
    args: [
      'join',
      token,
      ...['--name', name, '--data', data.path],
      ...labels.flatMap((label) => ['--label', label]),
    ],
  });
  const { code } = await join.exited;
  if (code !== 0) throw new FlotillaError('internal', `The agent could not join:\n${join.output()}`);
  const port = await freePort();
  const child = spawnNode({
    script: MAIN,
    args: [
      'run',
      ...['--data', data.path, '--port', String(port)],
      ...['--telemetry-interval', '1s', '--memory-cap', '1GiB'],
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    async ask(text) {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content: text }] }),
      });
      if (!response.ok)
        throw new FlotillaError('internal', `The box answered ${response.status}: ${await response.text()}`);
      return response.text();
    },
    async stop() {
      await child.stop();
      await data.remove();
    },
  };
}
