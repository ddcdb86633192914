import { randomUUID } from 'node:crypto';

import type { InspectModel, UploadedBlob, UploadedBlobs, UploadedBlobsOptions } from '@flotilla/agent-models';
import { modelDefaults, type CreateCall, type ModelParameters } from '@flotilla/agent-ollama';
import type { DeploymentStage, Services } from '@flotilla/agent-serving';
import { refusedLocalName, settleLocalNames } from '@flotilla/agent-serving-core';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { oneAtATime, type Clock } from '@flotilla/kernel';
import type { Log } from '@flotilla/platform-log';
import type { LocalIndex } from './local-index.ts';
import { deploymentOf, type LocalModel } from './local-model.ts';
import { measureModel, type LocalRoom, type MeasuredModel } from './measure-model.ts';

/** Answers that are under way when a model goes, or is replaced, may take so long. */
const DRAIN_MS = 60_000;
/** Each is a name with a few facts; a person makes a handful. */
const MOST_MODELS = 64;

/** What a service of the fleet is, for a local model that is made of it. */
export interface FleetModel {
  digest: string;
  path: string;
  system: string | undefined;
  parameters: ModelParameters;
}

export interface LocalModelsOptions {
  /** Also of a model in the making: see `UploadedBlobsOptions.inUse`. */
  blobs: (inUse: UploadedBlobsOptions['inUse']) => UploadedBlobs;
  index: LocalIndex;
  services: Pick<Services, 'prepare' | 'switchTraffic' | 'drain' | 'retire' | 'deployments'>;
  inspect: InspectModel;
  readRoom: () => Promise<LocalRoom>;
  /** What serves under a name of the fleet; undefined where nothing does. `field` named it. */
  readFleetModel: (name: string, field: string) => Promise<FleetModel | undefined>;
  usableCores: () => Promise<number>;
  gpu: 'auto' | 'off';
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface LocalModelState {
  name: string;
  bytes: number;
  /** Once it is loaded. */
  memoryBytes: number;
  contextTokens: number;
  /** `hidden`: the fleet has its name, or its file is gone. */
  state: DeploymentStage | 'hidden';
}

/** A model in the making. Its first step comes when every check has passed that can be made at once. */
export type Making = AsyncGenerator<string, void>;

/**
 * The models that programs of this box made. Each is a service beside the fleet's, and gives way to it: in names, and in
 * memory.
 *
 * Invariants: the list on the disk is changed before what apps see; a name is never the fleet's and a local model's at
 * once; a file stays as long as a model, or one in the making, names it.
 */
export interface LocalModels {
  readonly blobs: UploadedBlobs;
  /** Serves what was made before, asleep. A list that cannot be read is set aside, and said in the log. */
  start(fleet: ReadonlySet<string>): Promise<void>;
  /** For people at the box; hidden ones too. */
  list(): LocalModelState[];
  /** By the name apps call it; hidden ones too. */
  find(name: string): LocalModel | undefined;
  /**
   * Makes a model, or makes it anew; yields what is being done, in Ollama's words, and has made it when it ends. Throws
   * `conflict` for a name of the fleet or of one in the making, and where there are as many models as may be, `not-found`
   * for what it is to be made of, and what `measureModel` throws. `fields`: what a refusal calls the two; by default
   * `model` and `from`.
   */
  create(
    call: Pick<CreateCall, 'model' | 'of' | 'system' | 'license' | 'parameters'>,
    options: { signal: AbortSignal; fields?: { model: string; from: string } },
  ): Making;
  /** Throws `not-found`. Answers that are under way have a minute to end; the file goes with its last model. */
  remove(name: string): Promise<void>;
  /** The names the fleet has now: local models of these names are hidden, others that were come back. */
  settle(fleet: ReadonlySet<string>): Promise<void>;
  /** Ahead of a load of the fleet: resolves when no local model has any of these names. */
  giveWay(names: readonly string[]): Promise<void>;
}

export function createLocalModels({
  blobs: openBlobs,
  index,
  services,
  inspect,
  readRoom,
  readFleetModel,
  usableCores,
  gpu,
  clock,
  log,
}: LocalModelsOptions): LocalModels {
  let models: readonly LocalModel[] = [];
  /** What could not be read is not written over. */
  let isRead = false;
  /** Whether `models` are all that name a file: someone may mend a list that was set aside. */
  let isWhole = false;
  let fleet: ReadonlySet<string> = new Set();
  /** Id of the deployment by the name that apps reach. */
  const shown = new Map<string, string>();
  /** Digests by the name of what is being made. */
  const making = new Map<string, string | undefined>();
  /** None of the changes waits for an answer or a load. */
  const inTurn = oneAtATime();
  /** Each takes a process and some hundred megabytes. */
  const measuring = oneAtATime();

  const blobs = openBlobs(() =>
    isWhole
      ? new Set(
          [...models.map(({ digest }) => digest), ...making.values()].filter((one) => one !== undefined),
        )
      : undefined,
  );
  const find = (name: string): LocalModel | undefined => models.find((model) => model.name === name);

  async function show(model: LocalModel, blob: UploadedBlob): Promise<void> {
    const id = `local.${randomUUID()}`;
    const threads = Math.max(1, Math.floor(await usableCores()));
    const deployment = deploymentOf(model, { id, path: blob.path, threads, gpu });
    await services.prepare(deployment, { signal: new AbortController().signal, staysAsleep: true });
    const before = shown.get(model.name);
    services.switchTraffic(id);
    shown.set(model.name, id);
    if (before !== undefined) afterwards(services.drain(before, { deadlineMs: DRAIN_MS }));
  }

  /** Its name is free at once; what it answers has a minute to end. */
  function hide(name: string): Promise<void> {
    shown.delete(name);
    return services.retire(name, { deadlineMs: DRAIN_MS });
  }

  function afterwards(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      log.warn({ code: toFlotillaError(error).code }, 'a local model did not end in order'),
    );
  }

  async function settleNow(): Promise<void> {
    const changes = settleLocalNames({
      models: models.map(({ name }) => name),
      shown: new Set(shown.keys()),
      fleet,
    });
    for (const name of changes.hide) {
      afterwards(hide(name));
      log.warn({ service: name }, 'a local model is hidden: the fleet has its name now');
    }
    for (const name of changes.show) {
      const model = find(name);
      const blob = model && (await blobs.find(model.digest));
      // Missing files were told of at the start.
      if (model !== undefined && blob !== undefined) await show(model, blob);
    }
  }

  /** The file a model is made of, with what is said of it before this call. */
  async function baseOf(
    of: CreateCall['of'],
    { signal, field }: { signal: AbortSignal; field: string },
  ): Promise<{
    digest: string;
    blob: UploadedBlob;
    known?: LocalModel;
    system?: string;
    license?: string;
    parameters: ModelParameters;
  }> {
    if (of.kind === 'file') {
      const blob = await blobs.find(of.digest);
      if (blob === undefined)
        throw new FlotillaError('not-found', `No file sha256:${of.digest} was sent to this box.`, {
          details: { field: 'files', about: of.digest, fix: 'Send it to /api/blobs first.' },
        });
      return { digest: of.digest, blob, parameters: {} };
    }
    // A hidden one is not what apps know under this name.
    const known = shown.has(of.model) ? find(of.model) : undefined;
    const local = known && (await blobs.find(known.digest));
    if (known !== undefined && local !== undefined) {
      const { digest, system, license, parameters } = known;
      return { digest, blob: local, known, system, license, parameters };
    }
    const base = await readFleetModel(of.model, field);
    if (base === undefined)
      throw new FlotillaError('not-found', `No model \`${of.model}\` is on this box.`, {
        details: { field, about: of.model, fix: 'Name one of /api/tags, or send a file.' },
      });
    const { digest, path, system, parameters } = base;
    return { digest, blob: await blobs.adopt({ digest, path, signal }), system, parameters };
  }

  async function commit(model: LocalModel, field: string): Promise<void> {
    if (!isRead)
      throw new FlotillaError(
        'unavailable',
        'The list of local models cannot be read: the log of the agent says why.',
        {
          details: { fix: 'Mend that, and start the agent again.' },
        },
      );
    const refusal = refusedLocalName(model.name, { field, fleet });
    if (refusal !== undefined) throw refusal;
    const blob = await blobs.find(model.digest);
    if (blob === undefined)
      throw new FlotillaError('not-found', `The file sha256:${model.digest} is gone.`, {
        details: { about: model.digest, fix: 'Send it again.' },
      });
    const before = find(model.name);
    const next = [...models.filter((one) => one !== before), model];
    await index.write(next);
    models = next;
    await show(model, blob);
    if (before !== undefined) await blobs.discard(before.digest);
  }

  return {
    blobs,
    find,
    list() {
      const stages = new Map(services.deployments().map(({ id, stage }) => [id, stage]));
      return models.map(({ name, bytes, needBytes, configuration: { contextTokens } }) => ({
        name,
        bytes,
        memoryBytes: needBytes,
        contextTokens,
        state: stages.get(shown.get(name) ?? '') ?? 'hidden',
      }));
    },
    start: (names) =>
      inTurn(async () => {
        fleet = names;
        const { models: kept, damaged, setAside } = await index.read();
        models = kept;
        isRead = true;
        isWhole = setAside === undefined;
        if (damaged !== undefined)
          // Its cause may quote the list, which holds names and prompts.
          log.error(
            { problem: damaged.message, setAside },
            'the list of local models cannot be read and was set aside; none of them serves',
          );
        // Someone may mend it, or has forgotten it: until it is gone, no file goes either.
        else if (setAside !== undefined)
          log.warn({ setAside }, 'a list of local models was set aside before; no file of theirs is removed');
        await blobs.collectGarbage();
        const found = await Promise.all(models.map(({ digest }) => blobs.find(digest)));
        const missing = found.filter((blob) => blob === undefined).length;
        if (missing > 0) log.error({ missing }, 'files of local models are gone; these do not serve');
        await settleNow();
      }),
    async *create({ model: name, of, system, license, parameters }, { signal, fields }) {
      const { model: field, from } = fields ?? { model: 'model', from: 'from' };
      const refusal = refusedLocalName(name, { field, fleet });
      if (refusal !== undefined) throw refusal;
      const all = new Set([name, ...models.map((model) => model.name), ...making.keys()]);
      if (all.size > MOST_MODELS)
        throw new FlotillaError('conflict', `This box keeps at most ${MOST_MODELS} local models.`, {
          details: { field, fix: 'Delete one first.' },
        });
      if (making.has(name))
        throw new FlotillaError('conflict', `\`${name}\` is being made already.`, {
          details: { field, about: name, fix: 'Wait until that has ended.' },
          retryable: true,
        });
      making.set(name, of.kind === 'file' ? of.digest : find(of.model)?.digest); // not collected from here on
      try {
        const base = await baseOf(of, { signal, field: from });
        making.set(name, base.digest);
        yield 'reading model metadata';
        const withBase = { ...base.parameters, ...parameters };
        const { contextTokens } = modelDefaults(withBase);
        const { digest, blob } = base;
        const measured =
          measuredBefore(base.known, contextTokens) ??
          (await measuring(() =>
            measureModel({ path: blob.path, digest, contextTokens, inspect, readRoom, signal }),
          ));
        yield `using existing layer sha256:${digest}`;
        signal.throwIfAborted();
        const made: LocalModel = {
          name,
          digest,
          bytes: blob.bytes,
          madeAt: clock.now(),
          ...measured,
          system: system ?? base.system,
          license: license ?? base.license,
          parameters: withBase,
        };
        yield 'writing manifest';
        await inTurn(() => commit(made, field));
        log.info({ models: models.length }, 'a local model was made');
      } finally {
        making.delete(name);
      }
    },
    remove: (name) =>
      inTurn(async () => {
        const model = find(name);
        if (model === undefined)
          throw new FlotillaError('not-found', `No local model \`${name}\` is on this box.`, {
            details: { field: 'model', about: name },
          });
        const next = models.filter((one) => one !== model);
        await index.write(next);
        models = next;
        if (shown.has(name)) afterwards(hide(name));
        // An engine that still answers has the file open: it is gone for others only.
        await blobs.discard(model.digest);
        log.info({ models: models.length }, 'a local model was deleted');
      }),
    settle: (names) =>
      inTurn(async () => {
        fleet = names;
        await settleNow();
      }),
    giveWay: (names) =>
      inTurn(async () => {
        fleet = new Set([...fleet, ...names]);
        await settleNow();
      }),
  };
}

/** What is known of the same file in the same context; another context is another measurement. */
function measuredBefore(
  known: LocalModel | undefined,
  contextTokens: number | undefined,
): MeasuredModel | undefined {
  if (known === undefined) return undefined;
  const { facts, capabilities, configuration, needBytes, roomBytes } = known;
  if ((contextTokens ?? configuration.contextTokens) !== configuration.contextTokens) return undefined;
  return { facts, capabilities, configuration, needBytes, roomBytes };
}
