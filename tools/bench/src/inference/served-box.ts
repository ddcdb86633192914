import { readFile } from 'node:fs/promises';
import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FlotillaError } from '@flotilla/contracts';
import { waitFor } from '@flotilla/testkit';
import { z } from 'zod';
import { type OneBox, startOneBox } from '../one-box.ts';
import { residentMb } from '../process-usage.ts';
import type { Target, TargetShape } from './target.ts';

const SERVICE = 'bench';
const PROBE = fileURLToPath(new URL('./event-loop-probe.mjs', import.meta.url));

const Current = z.object({
  services: z.array(
    z.object({
      service: z.string(),
      placement: z.object({
        contextTokens: z.int(),
        sequences: z.int(),
        batchTokens: z.int(),
        kvType: z.string(),
      }),
    }),
  ),
});
const Probe = z.object({ p50: z.number(), p99: z.number(), max: z.number() });

/** An agent with its engine, beside a control plane, that serves one given file. */
export interface ServedBox extends Target {
  readonly shape: TargetShape;
  agentResidentMb(): Promise<number>;
  /** The agent's event-loop delay in milliseconds since the last call. */
  eventLoopDelay(): Promise<z.infer<typeof Probe>>;
}

/** Imports the file, releases and rolls it out, and waits for the first answer: the way of every model. */
export async function startServedBox({
  modelPath,
  contextTokens,
  sequences,
  signal,
}: {
  modelPath: string;
  contextTokens: number;
  sequences: number;
  signal: AbortSignal;
}): Promise<ServedBox> {
  const box = await startOneBox({
    service: SERVICE,
    agentNodeFlags: ['--import', PROBE],
    signal,
    async release(client) {
      const variant = 'bench-model';
      const { id } = await (
        await client.api.v1.imports.$post({ json: { modelId: 'bench', variant, licence: 'none' } })
      ).json();
      await client.putImportFile({ importId: id, body: await openAsBlob(modelPath), signal });
      const made = await client.api.v1.releases.$post({
        json: {
          service: SERVICE,
          candidates: [variant],
          intent: { contextTokens, sequences, memoryShare: 0.8 },
          goldenPrompts: [
            {
              id: 'answers',
              messages: [{ role: 'user', content: 'hello' }],
              maxTokens: 1,
              expect: { kind: 'regex', pattern: '.*' },
            },
          ],
        },
      });
      return `${SERVICE}@${(await made.json()).release.revision}`;
    },
  });
  try {
    const enginePid = await box.enginePid();
    const [engine] = (await box.status()).services.flatMap((service) => service.engine ?? []);
    const placement = await placementOf(box);
    return {
      name: 'flotilla',
      baseUrl: box.boxUrl,
      model: SERVICE,
      pids: [box.agent.pid, enginePid],
      agentResidentMb: () => residentMb(box.agent.pid),
      shape: { ...placement, threads: engine?.threads ?? 1 },
      eventLoopDelay: () => readProbe(box),
      stop: () => box.stop(),
    };
  } catch (error) {
    await box.stop();
    throw error;
  }
}

async function placementOf(box: OneBox): Promise<Omit<TargetShape, 'threads'>> {
  const current = Current.parse(JSON.parse(await readFile(box.agentFile('current.json'), 'utf8')));
  const placement = current.services.find(({ service }) => service === SERVICE)?.placement;
  if (placement === undefined) throw new FlotillaError('internal', 'The service is not in current.json.');
  return placement;
}

/** The probe prints one line for each SIGUSR2. */
async function readProbe({ agent }: OneBox): Promise<z.infer<typeof Probe>> {
  const lines = () => [...agent.output().matchAll(/event-loop-delay (\{.*\})/g)];
  const before = lines().length;
  agent.signal('SIGUSR2');
  const line = await waitFor(() => lines()[before]?.[1], { what: 'the probe in the agent answers' });
  return Probe.parse(JSON.parse(line));
}
