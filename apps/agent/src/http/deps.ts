import type { Services } from '@flotilla/agent-serving';
import type { FlotillaError } from '@flotilla/contracts';
import type { LocalModels } from '../local/local-models.ts';
import type { ResponseStore } from '../state/response-store.ts';
import type { BoxAccess } from './access.ts';
import type { GrammarCompiler } from './grammar-compiler.ts';

/** What the box's API stands on; everything else about the box is supplied as a value. */
export interface BoxApiDeps {
  services: Pick<
    Services,
    | 'generate'
    | 'served'
    | 'embed'
    | 'rank'
    | 'tokenize'
    | 'detokenize'
    | 'renderPrompt'
    | 'countTokens'
    | 'preload'
    | 'unload'
    | 'isClosed'
  >;
  access: BoxAccess;
  /** The body of `GET /flotilla/v1/status`: plain JSON. */
  status: () => unknown;
  /** The body of `GET /metrics`, with its content type. */
  metrics: () => Promise<{ contentType: string; body: string }>;
  /** Default: one of its own, which starts its thread with the first grammar. */
  grammars?: GrammarCompiler;
  /** Default: responses are kept nowhere. */
  responses?: ResponseStore;
  /** Default: the device allows none, and what would change its models is refused. */
  localModels?: LocalModels;
  /** Largest request body in bytes. Default 8 MiB. */
  maxBodyBytes?: number;
  /** Milliseconds since 1970 UTC. Default `Date.now`. */
  now?: () => number;
  /** Told of every error that is answered; never of prompts or answers. */
  onError?: (error: FlotillaError, request: { requestId: string; method: string; path: string }) => void;
}

/** What the middleware leaves for the handlers. */
export interface BoxEnv {
  Variables: {
    requestId: string;
    /** Id of the API key, or `KEYLESS` where none came: the queue serves these in turn. */
    caller: string;
    /** Of the caller's key. */
    priority: number;
  };
}
