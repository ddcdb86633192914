import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf, filesOf, recordOf, type World } from './state.ts';
import { releaseOf, serviceOf } from './step.ts';
import { ADAPTED, desire, EMPTY, LIMITS, release, releaseDigest } from './testing/fixtures.ts';
import { failStep, restartBox, runBox } from './testing/simulated-box.ts';

const SERVICES = ['assistant', 'summary', ADAPTED];
const REVISIONS = [1, 2, 3];
const catalogue = new Map(
  SERVICES.flatMap((service) =>
    REVISIONS.map((revision) => [releaseDigest(service, revision), release(service, revision)] as const),
  ),
);

/** Any subset of the services, each at any revision. */
const wanted = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...SERVICES), fc.constantFrom(...REVISIONS)), {
    selector: ([service]) => service,
    maxLength: 3,
  })
  .map((services) => desire(...services));

const roomy = { ...LIMITS, memoryBytes: 3_000 };
/** Each engine takes 300: three fit, but never a fourth beside them. */
const tight = { ...LIMITS, memoryBytes: 1_000 };

function servingOf(world: World): string[] {
  return world.slots
    .filter(({ stage }) => stage === 'serving')
    .map(({ record }) => `${record.service}@${record.revision}`)
    .sort();
}

function wantedOf(desired: ReturnType<typeof desire>): string[] {
  return desired.services.map(({ service, revision }) => `${service}@${revision}`).sort();
}

describe('plan, applied again and again', () => {
  it('reaches what is desired and stops, from wherever the one before was left', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ desired: wanted, cut: fc.nat(30), kill: fc.boolean() }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom(roomy, tight),
        (changes, limits) => {
          let world: World = EMPTY;
          for (const [index, { desired, cut, kill }] of changes.entries()) {
            const run = runBox({ world, desired, limits, catalogue });
            const last = index === changes.length - 1;
            world = last ? run.world : (run.worlds[Math.min(cut, run.worlds.length - 1)] ?? EMPTY);
            if (kill && !last) world = restartBox(world);
            if (!last) continue;
            expect(run.end.kind).toBe('reached');
            expect(servingOf(world)).toEqual(wantedOf(desired));
            expect(world.slots.every(({ stage }) => stage === 'serving')).toBe(true);
            expect(
              world.current.services.map(({ service, revision }) => `${service}@${revision}`).sort(),
            ).toEqual(wantedOf(desired));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never leaves a service dark during a change where memory holds both', () => {
    fc.assert(
      fc.property(wanted, wanted, (before, after) => {
        const start = runBox({ world: EMPTY, desired: before, limits: roomy, catalogue }).world;
        const run = runBox({ world: start, desired: after, limits: roomy, catalogue });
        const stay = SERVICES.filter(
          (service) =>
            recordOf(start.current, service) && after.services.some((entry) => entry.service === service),
        );
        for (const world of run.worlds) {
          for (const service of stay) {
            expect(
              world.slots.some(({ record, stage }) => record.service === service && stage === 'serving'),
            ).toBe(true);
          }
        }
      }),
    );
  });

  it('never collects a file that a record, an engine or what is desired names', () => {
    fc.assert(
      fc.property(wanted, wanted, fc.constantFrom(roomy, tight), (before, after, limits) => {
        const start = runBox({ world: EMPTY, desired: before, limits, catalogue }).world;
        const run = runBox({ world: start, desired: after, limits, catalogue });
        for (const world of run.worlds) {
          const records = [
            ...world.current.services,
            ...world.rollback.services,
            ...world.slots.map(({ record }) => record),
          ];
          const files = records.flatMap(({ placement }) => filesOf(placement));
          expect(files.filter(({ digest }) => world.blobs.get(digest)?.state !== 'verified')).toEqual([]);
        }
      }),
    );
  });

  it('fetches a model once, however its adapter changes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...REVISIONS), { minLength: 1, maxLength: 6 }), (revisions) => {
        let world: World = EMPTY;
        const fetched: string[] = [];
        for (const revision of revisions) {
          const run = runBox({ world, desired: desire([ADAPTED, revision]), limits: roomy, catalogue });
          for (const step of run.steps) if (step.kind === 'fetch-model') fetched.push(step.file.name);
          world = run.world;
        }
        expect(fetched.filter((name) => !name.startsWith('adapter'))).toHaveLength(1);
      }),
    );
  });

  it('never gives traffic to an engine that was not checked, unless it served before', () => {
    fc.assert(
      fc.property(wanted, wanted, fc.constantFrom(roomy, tight), (before, after, limits) => {
        const start = restartBox(runBox({ world: EMPTY, desired: before, limits, catalogue }).world);
        const run = runBox({ world: start, desired: after, limits, catalogue });
        for (const world of run.worlds) {
          for (const { record, stage, checked } of world.slots) {
            const served = recordOf(start.current, record.service)?.release === record.release;
            if (stage === 'serving') expect(checked || served).toBe(true);
          }
        }
      }),
    );
  });

  it('returns to the last good release whatever step fails, and does not try the failed one again', () => {
    const from = runBox({ world: EMPTY, desired: desire(['assistant', 1]), limits: roomy, catalogue }).world;
    const desired = desire(['assistant', 2]);
    for (const limits of [roomy, { ...LIMITS, memoryBytes: 400 }]) {
      const length = runBox({ world: from, desired, limits, catalogue }).steps.length;
      for (let failing = 0; failing < length; failing += 1) {
        const run = runBox({
          world: from,
          desired,
          limits,
          catalogue,
          onStep: (next, step, before, index) => (index === failing ? failStep(before, step) : next),
        });
        const failure = failureOf(run.world.rollback.failed, 'assistant', releaseDigest('assistant', 2));
        const expected = failure ? 'assistant@1' : 'assistant@2';
        expect(servingOf(run.world), `step ${failing}`).toEqual([expected]);
        expect(run.end.kind).toBe(failure ? 'blocked' : 'reached');
        const after = run.steps
          .slice(failing + 1)
          .filter((step) => serviceOf(step) && step.kind !== 'roll-back');
        if (failure) expect(after.map(releaseOf)).not.toContain(releaseDigest('assistant', 2));
      }
    }
  });
});
