import { z } from 'zod';
import { DsseEnvelope } from './dsse.ts';
import { LIMITS } from './limits.ts';
import { GgufFacts } from './model.ts';
import type { Count } from './scalars.ts';
import {
  Bytes,
  CatalogueName,
  LOCAL_SERVICE,
  PlainText,
  ServiceName,
  Sha256,
  Share,
  TimeMs,
} from './scalars.ts';

/** What the service must be able to do on the box, whatever variant serves it. */
export const Intent = z
  .object({
    contextTokens: z.int().min(256).max(1_048_576).describe('Context every request may use.'),
    minContextTokens: z
      .int()
      .min(256)
      .max(1_048_576)
      .optional()
      .describe(
        'Least context the agent may lower it to where the engine keeps ending; default: contextTokens.',
      ),
    minTokensPerSecond: z
      .number()
      .positive()
      .optional()
      .describe('Decode speed of one stream under which a candidate is refused.'),
    memoryShare: Share.default(0.7).describe('Largest part of the device memory that the service may take.'),
    sequences: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe('Requests served in parallel; the agent may lower it to fit.'),
  })
  .meta({ id: 'Intent' });
export type Intent = z.infer<typeof Intent>;

/** Defaults of a request that does not say otherwise. */
export const Sampling = z
  .object({
    temperature: z.number().min(0).max(2).default(0),
    topP: z.number().gt(0).max(1).default(1),
    topK: z.int().min(0).default(0).describe('0 means off.'),
    minP: z.number().min(0).max(1).default(0),
    maxTokens: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Upper bound when the request names none; default: 1,024, or what the context leaves if that is less.',
      ),
  })
  .meta({ id: 'Sampling' });
export type Sampling = z.infer<typeof Sampling>;

export const ChatMessage = z.object({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().max(32_768),
});
export type ChatMessage = z.infer<typeof ChatMessage>;

/** A question whose answer is known; run on the device before traffic, through the path that apps use. */
export const GoldenPrompt = z
  .object({
    id: CatalogueName,
    messages: z.array(ChatMessage).min(1).max(16),
    maxTokens: z.int().min(1).max(512).default(128),
    expect: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('exact'), value: z.string().max(8_192) }),
      z.object({
        kind: z.literal('regex'),
        pattern: z.string().max(1_024),
        flags: z.string().max(8).default(''),
      }),
      z.object({ kind: z.literal('json-schema'), schema: z.record(z.string(), z.unknown()) }),
    ]),
  })
  .meta({ id: 'GoldenPrompt' });
export type GoldenPrompt = z.infer<typeof GoldenPrompt>;

/** How strongly an adapter is applied: 1 as it was trained, 0.5 half of it. */
export const AdapterScale = z.number().gt(0).max(16);

/** The adapter that a candidate is loaded with. */
export const CandidateAdapter = z
  .object({
    name: CatalogueName,
    digest: Sha256,
    manifestDigest: Sha256,
    bytes: Bytes,
    scale: AdapterScale,
  })
  .meta({ id: 'CandidateAdapter' });
export type CandidateAdapter = z.infer<typeof CandidateAdapter>;

/** One variant that may serve, in order of preference. */
export const Candidate = z
  .object({
    variant: CatalogueName,
    modelId: CatalogueName,
    digest: Sha256,
    manifestDigest: Sha256,
    bytes: Bytes,
    quantization: z.string().max(32),
    facts: GgufFacts,
    adapter: CandidateAdapter.optional().describe(
      'Applied to it when it is loaded. Critical: `adapter-v1` is in `requires` where a candidate has one.',
    ),
  })
  .meta({ id: 'Candidate' });
export type Candidate = z.infer<typeof Candidate>;

/** The immutable content of a release: what a service is. Its canonical JSON is what gets digested and signed. */
export const Release = z
  .object({
    v: z.literal(1),
    service: ServiceName,
    revision: z.int().min(1).describe('Rises by one per service; shown as `assistant@3`.'),
    description: z.string().max(2_000).default(''),
    createdAt: TimeMs,
    requires: z
      .array(z.string().max(64))
      .max(32)
      .describe('Capabilities an agent must have, or it is blocked as too old.'),
    intent: Intent,
    sampling: Sampling,
    systemPrompt: z.string().max(LIMITS.systemPromptCharacters).optional(),
    keepLoaded: z
      .boolean()
      .optional()
      .describe(
        'Its model is never unloaded to make room for another service; default false. Not critical: an agent that does not know it unloads nothing.',
      ),
    candidates: z.array(Candidate).min(1).max(LIMITS.candidatesPerRelease),
    goldenPrompts: z.array(GoldenPrompt).min(1).max(LIMITS.goldenPromptsPerRelease),
  })
  .meta({ id: 'Release' });
export type Release = z.infer<typeof Release>;

/** A release as it is stored, served over the gateway and verified by the agent. */
export const SignedRelease = z
  .object({ v: z.literal(1), digest: Sha256, envelope: DsseEnvelope })
  .meta({ id: 'SignedRelease' });
export type SignedRelease = z.infer<typeof SignedRelease>;

/** An adapter of the catalogue, as people name it in a release. Every candidate of its model is loaded with it. */
export const ReleaseAdapter = z
  .strictObject({ name: CatalogueName, scale: AdapterScale.default(1) })
  .meta({ id: 'ReleaseAdapter' });
export type ReleaseAdapter = z.infer<typeof ReleaseAdapter>;

/** What people send to make a release; the control plane fills digests, revision and `requires`. Strict. */
export const ReleaseSpec = z
  .strictObject({
    service: ServiceName.refine(
      (name) => name !== LOCAL_SERVICE,
      `must not be \`${LOCAL_SERVICE}\`: so are the models counted that boxes made for themselves`,
    ),
    description: PlainText(2_000).default(''),
    candidates: z
      .array(CatalogueName)
      .min(1)
      .max(LIMITS.candidatesPerRelease)
      .describe('Variant names, preferred first.'),
    adapters: z
      .array(ReleaseAdapter)
      .min(1)
      .max(LIMITS.candidatesPerRelease)
      .optional()
      .describe('One adapter for each model among the candidates. Default: the models as they are.'),
    intent: z.strictObject(Intent.shape),
    sampling: z.strictObject(Sampling.shape).prefault({}),
    systemPrompt: z.string().max(LIMITS.systemPromptCharacters).optional(),
    keepLoaded: z.boolean().optional().describe('Never unload its model to make room for another service.'),
    goldenPrompts: z.array(GoldenPrompt).min(1).max(LIMITS.goldenPromptsPerRelease),
  })
  .meta({ id: 'ReleaseSpec' });
export type ReleaseSpec = z.infer<typeof ReleaseSpec>;

/** `assistant@3` */
export function releaseName(release: { service: string; revision: Count }): string {
  return `${release.service}@${release.revision}`;
}

/** The capabilities that a release of this content needs. Critical fields are among them: a lenient reader must not skip a safety rule. */
export function requiredCapabilities(
  release: Pick<Release, 'intent' | 'systemPrompt' | 'candidates'>,
): string[] {
  return [
    'release-v1',
    'golden-prompts-v1',
    'chunked-pull-v1',
    'memory-share-v1',
    ...(release.intent.minTokensPerSecond === undefined ? [] : ['min-speed-v1']),
    ...(release.systemPrompt === undefined ? [] : ['system-prompt-v1']),
    ...(release.candidates.some(({ adapter }) => adapter !== undefined) ? ['adapter-v1'] : []),
  ];
}
