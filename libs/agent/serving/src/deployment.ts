import type {
  GenerationMessage,
  GenerationRequest,
  PromptRequest,
  RequestSampling,
} from '@flotilla/agent-openai';
import type { DegradeStep } from '@flotilla/agent-serving-core';
import type { EngineInfo, EngineSpec } from './engine.ts';

/** One variant made ready to serve one service. */
export interface Deployment {
  /** Chosen by the caller; names it in every later call and event. */
  id: string;
  /** The stable name apps call as `model`. */
  service: string;
  /** The variant's own name, accepted as `model` too. */
  variant: string;
  /** sha256 of the GGUF. */
  variantDigest: string;
  /** Name of the adapter that the spec applies. */
  adapterName?: string;
  /** sha256 of the release it belongs to, if any. */
  release?: string;
  /** Made on this box, by no release of the fleet: it gives way where memory is short, and events say so. Default false. */
  isLocal?: boolean;
  spec: EngineSpec;
  defaults: RequestDefaults;
  /** Memory it takes once loaded, as simulated, in bytes. Default 0: it is never asked whether it fits. */
  needBytes?: number;
  /** Never unloaded to make room for another one. Default false. */
  keepLoaded?: boolean;
  /** Least context that it may be degraded to. Default: that of its spec. */
  minContextTokens?: number;
}

export interface AppliedAdapter {
  name: string;
  /** sha256 of the file. */
  digest: string;
  scale: number;
}

export function appliedAdapter({
  adapterName,
  spec: { adapter },
}: Pick<Deployment, 'adapterName' | 'spec'>): AppliedAdapter | undefined {
  if (adapter === undefined) return undefined;
  const { digest, scale } = adapter;
  return { name: adapterName ?? digest, digest, scale };
}

/** `system_fingerprint` of answers: the digest of the variant; behind a `+` that of the adapter, and its scale if not 1. */
export function fingerprintOf({
  variantDigest,
  spec: { adapter },
}: Pick<Deployment, 'variantDigest' | 'spec'>): string {
  if (adapter === undefined) return variantDigest;
  return `${variantDigest}+${adapter.digest}${adapter.scale === 1 ? '' : `*${adapter.scale}`}`;
}

/** What the release says where a request is silent. */
export interface RequestDefaults {
  sampling?: RequestSampling;
  /** Default 1,024, or what the context leaves after the prompt where that is less. */
  maxTokens?: number;
  /** Put first, unless the request brings a system message of its own or a raw prompt. */
  systemPrompt?: string;
  /** Where the request names none. */
  stop?: readonly string[];
}

/**
 * `loading` its engine starts · `ready` loaded, no traffic · `serving` apps reach it ·
 * `sleeping` unloaded to make room, a request wakes it · `recovering` its engine died and is being started again ·
 * `broken` its engine keeps dying · `draining` it ends the requests it has.
 */
export type DeploymentStage =
  | 'loading'
  | 'ready'
  | 'serving'
  | 'sleeping'
  | 'recovering'
  | 'broken'
  | 'draining';

export interface DeploymentState {
  id: string;
  service: string;
  variant: string;
  variantDigest: string;
  /** What its answers are made with, unless a request asks to go without. */
  adapter: AppliedAdapter | undefined;
  release: string | undefined;
  isLocal: boolean;
  keepLoaded: boolean;
  /** Memory it takes once loaded, as simulated. */
  needBytes: number;
  stage: DeploymentStage;
  /** True for the one that new requests go to, whatever its stage. */
  hasTraffic: boolean;
  running: number;
  /** Unix milliseconds at which it is unloaded unless it is used before, as its last caller wished; undefined: not by time. */
  unloadsAt: number | undefined;
  /** Of one request, as it is served now: the ladder may have lowered it. */
  contextTokens: number;
  /** Requests that are served at once now. */
  sequences: number;
  /** Memory that was admitted for it while it is loaded, with what its engine has open beside the context that serves. */
  admittedBytes: number;
  /** The steps down that were taken, first to last; none while it runs as promised. */
  degraded: readonly DegradeStep[];
  /** Part of the file that is read while it loads; undefined where that is not known. */
  loadShare: number | undefined;
  /** Of the engine that runs now; absent while there is none. */
  engine: EngineInfo | undefined;
  /** Of the last one that was loaded: what the model can do holds while it sleeps. */
  lastEngine: EngineInfo | undefined;
  /** Engine processes started after the first. */
  restarts: number;
  /** Why the last engine ended, in one sentence. */
  lastFailure: string | undefined;
}

/** The request as it runs: what it leaves out comes from the release. */
export function withDefaults(request: GenerationRequest, defaults: RequestDefaults): GenerationRequest {
  return {
    ...withSystemPrompt(request, defaults),
    sampling: { ...defaults.sampling, ...given(request.sampling) },
    maxTokens: request.maxTokens ?? defaults.maxTokens,
    stop: request.stop.length > 0 ? request.stop : [...(defaults.stop ?? [])],
  };
}

/** The prompt as the model sees it: with the release's system prompt, unless it brings one or is raw. */
export function withSystemPrompt<Request extends PromptRequest>(
  request: Request,
  { systemPrompt }: Pick<RequestDefaults, 'systemPrompt'>,
): Request {
  const hasSystem = request.messages.some((message) => message.role === 'system');
  if (systemPrompt === undefined || hasSystem || request.prompt !== undefined) return request;
  const system: GenerationMessage = { role: 'system', content: systemPrompt };
  return { ...request, messages: [system, ...request.messages] };
}

/** Without the fields that are present but undefined, which would hide a default. */
function given(sampling: RequestSampling): RequestSampling {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}
