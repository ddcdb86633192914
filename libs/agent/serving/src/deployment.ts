import type { GenerationMessage, GenerationRequest, RequestSampling } from '@flotilla/agent-openai';
import type { EngineInfo, EngineSpec } from './engine.ts';

/** One variant made ready to serve one service. */
export interface Deployment {
  /** Chosen by the caller; names it in every later call and event. */
  id: string;
  /** The stable name apps call as `model`. */
  service: string;
  /** The variant's own name, accepted as `model` too. */
  variant: string;
  /** sha256 of the GGUF; `system_fingerprint` of the answers. */
  variantDigest: string;
  /** sha256 of the release it belongs to, if any. */
  release?: string;
  spec: EngineSpec;
  defaults: RequestDefaults;
}

/** What the release says where a request is silent. */
export interface RequestDefaults {
  sampling?: RequestSampling;
  /** Default 1,024, or what the context leaves after the prompt where that is less. */
  maxTokens?: number;
  /** Put first, unless the request brings a system message of its own or a raw prompt. */
  systemPrompt?: string;
}

/**
 * `loading` its engine starts · `ready` loaded, no traffic · `serving` apps reach it ·
 * `recovering` its engine died and is being started again · `broken` its engine keeps dying ·
 * `draining` it ends the requests it has.
 */
export type DeploymentStage = 'loading' | 'ready' | 'serving' | 'recovering' | 'broken' | 'draining';

export interface DeploymentState {
  id: string;
  service: string;
  variant: string;
  variantDigest: string;
  release: string | undefined;
  stage: DeploymentStage;
  /** True for the one that new requests go to, whatever its stage. */
  hasTraffic: boolean;
  running: number;
  contextTokens: number;
  /** Of the engine that runs now; absent while there is none. */
  engine: EngineInfo | undefined;
  /** Engine processes started after the first. */
  restarts: number;
  /** Why the last engine ended, in one sentence. */
  lastFailure: string | undefined;
}

/** The request as it runs: what it leaves out comes from the release. */
export function withDefaults(request: GenerationRequest, defaults: RequestDefaults): GenerationRequest {
  const { systemPrompt } = defaults;
  const hasSystem = request.messages.some((message) => message.role === 'system');
  const isRaw = request.prompt !== undefined;
  const system: GenerationMessage[] =
    systemPrompt === undefined || hasSystem || isRaw ? [] : [{ role: 'system', content: systemPrompt }];
  return {
    ...request,
    messages: [...system, ...request.messages],
    sampling: { ...defaults.sampling, ...given(request.sampling) },
    maxTokens: request.maxTokens ?? defaults.maxTokens,
  };
}

/** Without the fields that are present but undefined, which would hide a default. */
function given(sampling: RequestSampling): RequestSampling {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}
