import type { Batch, ReleaseView, Rollout } from '@flotilla/contracts';
import { FlotillaError, releaseName } from '@flotilla/contracts';
import { countThings, type Clock } from '@flotilla/kernel';
import { pageLimit, toPage, type EventFeed, type NewId, type Registry } from '@flotilla/plane-registry';
import { prefilter } from '@flotilla/sizing';
import { applyOrder, type Order } from './apply-decision.ts';
import { assignBatches } from './assign-batches.ts';
import { newDevices, parseTargets, positionIn } from './enter-devices.ts';
import { planRelease, type Prefilter } from './plan-release.ts';
import type { BatchRow, RolloutRow, RolloutStore } from './rollout-store.ts';
import type { Rollouts } from './rollouts.ts';
import { createTick } from './tick.ts';

export interface RolloutsDeps {
  store: RolloutStore;
  registry: Pick<Registry, 'recordsMatching' | 'devicesMatching' | 'setDesired'>;
  releases: { get(ref: string): Promise<ReleaseView> };
  hashing: { sha256(bytes: Uint8Array): string };
  clock: Clock;
  newId: NewId;
  events: Pick<EventFeed, 'append'>;
  /** Predicts whether a candidate fits a device. Default: the arithmetic of `@flotilla/sizing`. */
  prefilter?: Prefilter | undefined;
}

/** People press a button against a job that writes once a second: a lost race is tried again. */
const ATTEMPTS = 20;

export function createRollouts(deps: RolloutsDeps): Rollouts {
  const { store, registry, releases, hashing, clock, newId, events } = deps;

  const { tick, tell } = createTick(deps);

  async function find(id: string): Promise<RolloutRow> {
    const row = await store.find(id);
    if (row === undefined) {
      throw new FlotillaError('not-found', `There is no rollout ${id}.`, { details: { about: id } });
    }
    return row;
  }

  async function view(row: RolloutRow): Promise<Rollout> {
    const counts = await store.counts(row.id);
    const batches = row.batches.map((batch): Batch => {
      const { upTo: _upTo, soakingSince: _since, ...shown } = batch;
      const count = counts.find((c) => c.index === batch.index);
      const { waiting = 0, updating = 0, succeeded = 0, failed = 0 } = count ?? {};
      return { ...shown, devices: waiting + updating + succeeded + failed, succeeded, failed };
    });
    const { version: _version, ...rest } = row;
    return { ...rest, batches };
  }

  async function order(id: string, what: Order, by: string): Promise<Rollout> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const row = await find(id);
      const now = clock.now();
      const why = `${by} asked to ${what}.`;
      const outcome = applyOrder(row, what, why, now);
      if (!outcome.ok) {
        throw new FlotillaError('conflict', `Rollout ${id}: ${outcome.reason}.`, { details: { about: id } });
      }
      const { rollout, orders } = outcome.transition;
      const saved = await store.saveDecision({
        rollout,
        expectedVersion: row.version,
        orders,
        decision: { at: now, decision: what, why, inputs: { by, state: row.state } },
      });
      if (!saved) continue;
      await events.append({
        kind: 'rollout-changed',
        rolloutId: id,
        text: `${releaseName({ service: row.service, revision: row.revision })} is ${rollout.state}: ${why}`,
      });
      // Told at once, so that what was asked is true when the answer says so; the job repeats what is cut short here.
      await tell(id);
      return view(rollout);
    }
    throw new FlotillaError('conflict', `Rollout ${id} changes too fast: try again.`, {
      details: { about: id },
      retryable: true,
    });
  }

  return {
    async plan({ release, selector }) {
      const targets = parseTargets(selector);
      return planRelease({
        release: await releases.get(release),
        devices: registry.recordsMatching(targets),
        prefilter: deps.prefilter ?? prefilter,
      });
    },

    async create(request, by) {
      const targets = parseTargets(request.selector);
      const { release, digest } = await releases.get(request.release);
      const now = clock.now();
      const id = newId();
      const positionOf = positionIn({ hashing, rolloutId: id });
      const previous = await newDevices({ registry, targets, release: { ...release, digest } });
      const { placed, bounds } = assignBatches({
        deviceIds: [...previous.keys()],
        specs: request.batches,
        positionOf,
      });
      if (placed.length === 0) {
        throw new FlotillaError('no-match', `The selector \`${request.selector}\` matches no device.`, {
          details: { field: 'selector', about: request.selector, fix: 'See `devices list` for the labels.' },
        });
      }
      const batches = bounds.map((upTo, index): BatchRow => ({
        index,
        state: 'pending',
        devices: 0,
        succeeded: 0,
        failed: 0,
        upTo,
      }));
      const name = releaseName(release);
      const why = `${by} started ${name} for ${countThings(placed.length, 'device')} in ${countThings(batches.length, 'batch', { many: 'batches' })}.`;
      const rollout: RolloutRow = {
        id,
        service: release.service,
        release: digest,
        revision: release.revision,
        selector: request.selector,
        state: 'running',
        gate: request.gate,
        batches,
        createdAt: now,
        createdBy: by,
        startedAt: now,
        why,
        version: 1,
      };
      const outcome = await store.create({
        rollout,
        devices: placed.map((p) => ({
          ...p,
          previous: previous.get(p.deviceId),
          state: 'waiting',
          wanted: 'none',
          progressAt: now,
        })),
        decision: { at: now, decision: 'start', why, inputs: { by, request } },
      });
      if (outcome.kind === 'overlap') {
        throw new FlotillaError(
          'conflict',
          `Rollout ${outcome.rolloutId} of ${release.service} is not over and has device ${outcome.deviceId}.`,
          { details: { about: outcome.rolloutId, fix: 'Wait for its end, or cancel it.' } },
        );
      }
      await events.append({ kind: 'rollout-changed', rolloutId: id, text: why });
      return view(rollout);
    },

    async list({ state, limit: asked, cursor } = {}) {
      const limit = pageLimit(asked);
      const rows = await store.list({ state, before: cursor, limit: limit + 1 });
      const page = toPage({ items: rows, limit, cursorOf: (row) => row.id });
      return { ...page, items: await Promise.all(page.items.map(view)) };
    },

    get: async (id) => view(await find(id)),
    countRunning: () => store.countRunning(),

    async devices(id, { limit: asked, cursor } = {}) {
      await find(id);
      const limit = pageLimit(asked);
      const after = cursor === undefined ? undefined : parseDeviceCursor(cursor);
      const rows = await store.listDevices({ rolloutId: id, after, limit: limit + 1 });
      const page = toPage({ items: rows, limit, cursorOf: (row) => `${row.batch}~${row.position}` });
      return { ...page, items: page.items.map(toProgress) };
    },

    async decisions(id, { limit: asked, cursor } = {}) {
      await find(id);
      const limit = pageLimit(asked);
      const before = cursor === undefined ? undefined : parseDecisionCursor(cursor);
      const rows = await store.listDecisions({ rolloutId: id, before, limit: limit + 1 });
      const page = toPage({ items: rows, limit, cursorOf: (row) => String(row.number) });
      return { ...page, items: page.items.map(({ number: _number, ...decision }) => decision) };
    },

    pause: (id, by) => order(id, 'pause', by),
    resume: (id, by) => order(id, 'resume', by),
    cancel: (id, by) => order(id, 'cancel', by),
    rollback: (id, by) => order(id, 'rollback', by),

    tick,
  };
}

function parseDeviceCursor(cursor: string): { batch: number; position: string } {
  const match = /^(\d{1,4})~([0-9a-f]{64})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined) throw foreignCursor();
  return { batch: Number(match[1]), position: match[2] };
}

function parseDecisionCursor(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw foreignCursor();
  return Number(cursor);
}

function foreignCursor(): FlotillaError {
  return new FlotillaError('invalid-input', 'The cursor is not one that a page before gave.', {
    details: { field: 'cursor', fix: 'Use `next` of the page before, or leave it out.' },
  });
}

function toProgress(device: Awaited<ReturnType<RolloutStore['listDevices']>>[number]) {
  const { deviceId, deviceName, batch, state, phase, doneBytes, totalBytes } = device;
  const { variant, failure, problem, updatedAt } = device;
  return {
    ...{ deviceId, deviceName, batch, state, phase, doneBytes, totalBytes },
    ...{ variant, failure, problem, updatedAt },
  };
}
