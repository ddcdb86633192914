import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { FlotillaError, ReportedService } from '@flotilla/contracts';
import { spawnNode, waitFor, type Child } from '@flotilla/testkit';
import { z } from 'zod';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const Status = z.object({
  pid: z.int(),
  deviceId: z.string(),
  generation: z.int(),
  link: z.object({ mqtt: z.string() }),
  services: z.array(ReportedService),
  failedReleases: z.array(z.object({ revision: z.int(), problem: z.object({ code: z.string() }) })),
  telemetry: z.object({ waitingRows: z.int() }),
  counters: z.object({ desiredIgnored: z.int() }),
});
export type Status = z.infer<typeof Status>;

export interface AgentProcess {
  readonly child: Child;
  readonly url: string;
  status(): Promise<Status>;
  /** The status once it is as wanted; the last one is in the message when it never is. */
  until(
    what: string,
    condition: (status: Status) => boolean | Promise<boolean>,
    options?: { deadlineMs?: number },
  ): Promise<Status>;
  /** Waits until this revision of `assistant` serves. */
  serves(revision: number): Promise<Status>;
  /** What an app gets from the box. */
  ask(text: string, parameters?: Record<string, unknown>): Promise<{ status: number; body: string }>;
  /** Process ids of the engines that were started, oldest first; those of one variant where it is named. */
  enginePids(variant?: string): number[];
}

interface AgentOptions {
  folder: string;
  args?: readonly string[];
  env?: Record<string, string>;
}

/** Runs a command of the agent to its end. */
export async function runAgent({
  command,
  folder,
  args = [],
}: AgentOptions & { command: readonly string[] }): Promise<{ code: number | null; output: string }> {
  const child = spawnNode({ script: MAIN, args: [...command, '--data', folder, ...args] });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

export async function joinAgent({ token, folder }: { token: string; folder: string }): Promise<string> {
  const { code, output } = await runAgent({ command: ['join', token, '--json'], folder });
  const deviceId = /"deviceId":"([^"]+)"/.exec(output)?.[1];
  if (code === 0 && deviceId !== undefined) return deviceId;
  throw new FlotillaError('internal', `the agent did not join:\n${output}`);
}

/** Starts the agent on a free port. */
export async function startAgent({ folder, args = [], env = {} }: AgentOptions): Promise<AgentProcess> {
  const child = spawnNode({
    script: MAIN,
    args: ['run', '--json', '--port', '0', '--telemetry-interval', '1s', '--data', folder, ...args],
    env,
  });
  const [, url = ''] = await child.ready(/"event":"started".*?"url":"([^"]+)"/, { deadlineMs: 120_000 });

  const status = async (): Promise<Status> =>
    Status.parse(JSON.parse((await get(`${url}/flotilla/v1/status`)).body));
  const until: AgentProcess['until'] = async (what, condition, { deadlineMs = 150_000 } = {}) => {
    let last: unknown;
    const wanted = async (): Promise<Status | undefined> => {
      const now = await status();
      last = now.services;
      return (await condition(now)) ? now : undefined;
    };
    try {
      return await waitFor(wanted, { what, deadlineMs, everyMs: 100 });
    } catch (cause) {
      throw new FlotillaError(
        'timeout',
        `${what} never came: ${JSON.stringify(last)}\n${child.output().slice(-3_000)}`,
        { cause },
      );
    }
  };
  return {
    child,
    url,
    status,
    until,
    serves: (revision) =>
      until(`assistant@${revision} serves`, ({ services }) =>
        services.some((service) => service.state === 'serving' && service.revision === revision),
      ),
    ask: (text, parameters = {}) =>
      get(`${url}/v1/chat/completions`, {
        model: 'assistant',
        max_tokens: 24,
        messages: [{ role: 'user', content: text }],
        ...parameters,
      }),
    enginePids: (variant) =>
      Array.from(
        child.output().matchAll(/"variant":"([^"]*)","pid":(\d+),[^\n]*"msg":"engine started"/g),
      ).flatMap(([, of, pid]) => (variant === undefined || variant === of ? [Number(pid)] : [])),
  };
}

/** Without the keep-alive of fetch, whose sockets would outlive a killed agent. */
function get(url: string, body?: unknown): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: body === undefined ? 'GET' : 'POST',
        agent: false,
        headers: { 'content-type': 'application/json' },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
