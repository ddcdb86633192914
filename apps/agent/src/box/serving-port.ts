import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  collectGeneration,
  type Deployment,
  type DeploymentState,
  type EngineSpec,
  type Services,
} from '@flotilla/agent-serving';
import type { ServiceRecord, ServingPort, Slot } from '@flotilla/agent-reconcile';
import { FlotillaError, isFlotillaError, type GoldenPrompt, type Release } from '@flotilla/contracts';

/** How long the requests of an engine may go on after traffic has left it. */
const DRAIN_MS = 60_000;
/** The same for one that failed, or whose service is gone. */
const UNLOAD_MS = 2_000;
/** A golden prompt has at most 512 tokens: a box that needs longer is too slow to serve it. */
const ANSWER_MS = 120_000;
/** Stages of an engine that ended under a golden prompt and is started again; until its end is handled it is as before. */
const COMES_BACK: ReadonlySet<DeploymentState['stage']> = new Set(['ready', 'serving', 'recovering']);

/** Most that the states of all system prompts may take on the disk. One of 1,000 tokens of a 0.5B takes 12 MB. */
const PREFIX_BYTES = 256 * 2 ** 20;

export interface ServingPortOptions {
  services: Services;
  /** Path of a file of the store; undefined when it is not here. */
  filePath: (digest: string) => Promise<string | undefined>;
  /** Threads that measured fastest for this placement. */
  threads: (record: ServiceRecord, modelPath: string, signal: AbortSignal) => Promise<number>;
  /** Cores that engines may use: the most threads an engine tries when it has become slow. */
  usableCores: () => Promise<number>;
  gpu: 'auto' | 'off';
  /** Where the states of system prompts are kept over restarts. */
  prefixFolder: string;
  /** Called before each load: resolves when nothing else on the box has the names of the service and its variant. */
  claimNames: (names: readonly string[]) => Promise<void>;
}

/** The router of services as the loop sees it: engines by the record they run. */
export function createServingPort({
  services,
  filePath,
  threads,
  usableCores,
  gpu,
  prefixFolder,
  claimNames,
}: ServingPortOptions): ServingPort {
  /** By deployment id. */
  const loaded = new Map<string, { record: ServiceRecord; checked: boolean }>();

  function stateOf(id: string): DeploymentState | undefined {
    return services.deployments().find((deployment) => deployment.id === id);
  }

  async function pathOf({ digest, name }: { digest: string; name: string }): Promise<string> {
    const path = await filePath(digest);
    if (path !== undefined) return path;
    throw new FlotillaError('not-found', `The file of ${name} is not on the disk.`, {
      details: { about: name },
      retryable: true,
    });
  }

  function forget(): void {
    const present = new Set(services.deployments().map(({ id }) => id));
    for (const id of loaded.keys()) if (!present.has(id)) loaded.delete(id);
  }

  return {
    slots() {
      return services.deployments().flatMap((deployment): Slot[] => {
        const known = loaded.get(deployment.id);
        const stage = slotStage(deployment);
        if (!known || !stage) return [];
        return [
          {
            ...known,
            stage,
            ...(deployment.engine === undefined && isAsleep(deployment) ? { asleep: true } : {}),
          },
        ];
      });
    },
    async load(record, release, { signal, mayStayAsleep = false }) {
      const { adapter: named, digest, variant } = record.placement;
      const path = await pathOf({ digest, name: variant });
      const adapter = named && { path: await pathOf(named), digest: named.digest, scale: named.scale };
      const id = deploymentId(record);
      await claimNames([record.service, variant]);
      loaded.set(id, { record, checked: false });
      const count = await threads(record, path, signal);
      const threadsLimit = Math.max(count, Math.floor(await usableCores()));
      await services.prepare(
        deploymentOf({
          id,
          record,
          release,
          path,
          adapter,
          threads: count,
          threadsLimit,
          gpu,
          prefixFolder,
        }),
        { signal, mayStayAsleep },
      );
    },
    async ask(record, prompt, { signal }) {
      const id = deploymentId(record);
      for (;;) {
        const deadline = AbortSignal.timeout(ANSWER_MS);
        try {
          const answer = services.generateOn(id, requestOf(prompt), {
            signal: AbortSignal.any([signal, deadline]),
          });
          return (await collectGeneration(answer)).text;
        } catch (error) {
          signal.throwIfAborted();
          if (deadline.aborted)
            throw new FlotillaError(
              'timeout',
              `The golden prompt \`${prompt.id}\` was not answered in ${ANSWER_MS} ms.`,
              { cause: error, details: { about: prompt.id } },
            );
          // The box may be what the engine ended of, and a rung lower it answers; where no rung is left it is broken.
          const ended = isFlotillaError(error) && error.code === 'engine-crashed';
          const stage = stateOf(id)?.stage;
          if (!ended || stage === undefined || !COMES_BACK.has(stage)) throw error;
          await nextTurn();
        }
      }
    },
    markChecked(record) {
      loaded.set(deploymentId(record), { record, checked: true });
    },
    async switchTo(record) {
      services.switchTraffic(deploymentId(record));
    },
    async drain(record, { signal }) {
      await services.drain(deploymentId(record), { deadlineMs: DRAIN_MS, signal });
      forget();
    },
    async unload(service, release) {
      if (release === undefined) {
        await services.retire(service, { deadlineMs: UNLOAD_MS });
      } else {
        for (const [id, { record }] of loaded) {
          if (record.service === service && record.release === release && stateOf(id)) {
            await services.drain(id, { deadlineMs: UNLOAD_MS });
          }
        }
      }
      forget();
    },
  };
}

/** Names what runs, so that the same thing is never loaded twice. */
export function deploymentId({ service, release, placement }: ServiceRecord): string {
  const { digest, contextTokens, sequences, batchTokens, kvType, adapter } = placement;
  return [
    service,
    release.slice(0, 12),
    digest.slice(0, 12),
    contextTokens,
    sequences,
    batchTokens,
    kvType,
    ...(adapter === undefined ? [] : [adapter.digest.slice(0, 12), adapter.scale]),
  ].join('.');
}

function slotStage({ stage, hasTraffic }: DeploymentState): Slot['stage'] | undefined {
  switch (stage) {
    case 'loading':
      return hasTraffic ? 'serving' : undefined; // being woken, or loaded for the first time
    case 'sleeping':
    case 'recovering':
      return hasTraffic ? 'serving' : 'ready';
    case 'ready':
    case 'serving':
    case 'broken':
    case 'draining':
      return stage;
  }
}

/** It takes no memory, or only begins to. */
function isAsleep({ stage }: DeploymentState): boolean {
  return stage === 'sleeping' || stage === 'loading';
}

function deploymentOf({
  id,
  record,
  release,
  path,
  adapter,
  threads,
  threadsLimit,
  gpu,
  prefixFolder,
}: {
  id: string;
  record: ServiceRecord;
  release: Release;
  path: string;
  adapter: EngineSpec['adapter'];
  threads: number;
  threadsLimit: number;
  gpu: 'auto' | 'off';
  prefixFolder: string;
}): Deployment {
  const { placement, service } = record;
  const { systemPrompt = '' } = release;
  const { temperature, topP, topK, minP, maxTokens } = release.sampling;
  return {
    id,
    service,
    variant: placement.variant,
    variantDigest: placement.digest,
    ...(placement.adapter === undefined ? {} : { adapterName: placement.adapter.name }),
    release: record.release,
    needBytes: placement.need.totalBytes,
    keepLoaded: release.keepLoaded ?? false,
    minContextTokens: Math.min(
      placement.contextTokens,
      release.intent.minContextTokens ?? release.intent.contextTokens,
    ),
    spec: {
      modelPath: path,
      modelDigest: placement.digest,
      contextTokens: placement.contextTokens,
      sequences: placement.sequences,
      batchTokens: placement.batchTokens,
      threads,
      threadsLimit,
      gpu,
      kvCacheType: placement.kvType,
      sideLimitBytes: sideLimitBytes(record),
      ...(adapter === undefined ? {} : { adapter }),
      ...(systemPrompt === ''
        ? {}
        : { prefixCache: { folder: prefixFolder, systemPrompt, mostBytes: PREFIX_BYTES } }),
    },
    defaults: {
      sampling: { temperature, topP, topK, minP },
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(release.systemPrompt === undefined ? {} : { systemPrompt: release.systemPrompt }),
    },
  };
}

/** What this service could have taken when its variant was chosen: beyond it, memory is that of others. */
function sideLimitBytes({ placement, resolution }: ServiceRecord): number {
  const chosen = resolution.candidates.find(({ digest }) => digest === placement.digest);
  return Math.max(placement.need.totalBytes, chosen?.allowedBytes ?? 0);
}

function requestOf({ messages, maxTokens }: GoldenPrompt): Parameters<Services['generateOn']>[1] {
  return {
    messages: messages.map((message) =>
      message.role === 'assistant'
        ? { role: 'assistant', content: message.content, toolCalls: [] }
        : { role: message.role, content: message.content },
    ),
    tools: [],
    sampling: {},
    stop: [],
    maxTokens,
  };
}
