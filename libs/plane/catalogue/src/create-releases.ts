import type { ReleaseView } from '@flotilla/contracts';
import {
  FlotillaError,
  LIMITS,
  PAYLOAD_TYPES,
  Release,
  releaseName,
  requiredCapabilities,
} from '@flotilla/contracts';
import { canonicalJson, type Clock } from '@flotilla/kernel';
import { candidatesOf, type CandidateSources } from './candidates-of.ts';
import type { ReleaseRow, ReleaseStore } from './catalogue-store.ts';
import { checkGoldenPrompts } from './check-golden-prompts.ts';
import type { Announce } from './create-catalogue.ts';
import { parseReleaseRef } from './parse-release-ref.ts';
import type { Hashing, SchemaProblem, Signer } from './ports.ts';
import type { Releases } from './releases.ts';

export interface ReleasesDeps {
  store: ReleaseStore;
  catalogue: CandidateSources;
  signer: Signer;
  hashing: Hashing;
  schemaProblem: SchemaProblem;
  clock: Clock;
  events?: Announce | undefined;
}

/** People rarely release one service twice in the same moment; ten losses in a row mean something else is wrong. */
const ATTEMPTS = 10;

export function createReleases({
  store,
  catalogue,
  signer,
  hashing,
  schemaProblem,
  clock,
  events,
}: ReleasesDeps): Releases {
  async function signRelease(release: Release, by: string): Promise<ReleaseRow> {
    const payload = canonicalJson(release);
    if (payload.length > LIMITS.releaseBytes) {
      throw new FlotillaError(
        'too-large',
        `The release has ${payload.length} bytes, at most ${LIMITS.releaseBytes} are allowed.`,
        { details: { fix: 'Shorten the system prompt or the golden prompts.' } },
      );
    }
    const digest = hashing.sha256(payload);
    const envelope = await signer.sign({ payloadType: PAYLOAD_TYPES.release, payload });
    return { digest, release, signed: { v: 1, digest, envelope }, createdBy: by };
  }

  async function get(ref: string): Promise<ReleaseRow> {
    const parsed = parseReleaseRef(ref);
    const row = parsed && (await store.find(parsed));
    if (!row) {
      throw new FlotillaError('not-found', `There is no release ${ref}.`, {
        details: { about: ref, fix: 'Name it as `assistant@3`, `assistant` or by its digest.' },
      });
    }
    return row;
  }

  return {
    async create(spec, by) {
      checkGoldenPrompts(spec.goldenPrompts, schemaProblem);
      const candidates = await candidatesOf({ spec, catalogue });
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const release = Release.parse({
          v: 1,
          service: spec.service,
          revision: (await store.latestRevision(spec.service)) + 1,
          description: spec.description,
          createdAt: clock.now(),
          requires: requiredCapabilities({ ...spec, candidates }),
          intent: spec.intent,
          sampling: spec.sampling,
          systemPrompt: spec.systemPrompt,
          ...(spec.keepLoaded === undefined ? {} : { keepLoaded: spec.keepLoaded }),
          candidates,
          goldenPrompts: spec.goldenPrompts,
        });
        const row = await signRelease(release, by);
        if (await store.add(row)) {
          await events?.append({ kind: 'release-created', text: `${releaseName(release)} was created.` });
          return row;
        }
      }
      throw new FlotillaError('conflict', `Others keep making releases of ${spec.service}: try again.`, {
        details: { about: spec.service },
        retryable: true,
      });
    },

    get,

    async list({ service, limit: asked, cursor } = {}) {
      const limit = Math.min(500, Math.max(1, Math.trunc(asked ?? 50)));
      const rows = await store.list({ service, before: parseCursor(cursor), limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const items = shown.map(({ signed: _fetchedByDigest, ...view }): ReleaseView => view);
      const last = shown.at(-1);
      return rows.length > limit && last
        ? { items, next: `${last.release.createdAt}~${last.digest}` }
        : { items };
    },

    count: () => store.count(),

    async getSigned(digest) {
      return (await get(digest)).signed;
    },
  };
}

function parseCursor(cursor: string | undefined): { createdAt: number; digest: string } | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(\d{1,16})~([0-9a-f]{64})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new FlotillaError('invalid-input', 'The cursor is not one that a page before gave.', {
      details: { field: 'cursor', fix: 'Use `next` of the page before, or leave it out.' },
    });
  }
  return { createdAt: Number(match[1]), digest: match[2] };
}
