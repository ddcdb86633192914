import type { Command, ImportModelRequest } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import type { Catalogue, Releases } from '@flotilla/plane-catalogue';
import type { AccessTokens, EventFeed, NewId, Registry } from '@flotilla/plane-registry';
import type { Rollouts } from '@flotilla/plane-rollout';
import type { Telemetry } from '@flotilla/plane-telemetry';
import type { PlaneMetrics } from './metrics.ts';

/** What the people's API stands on. All of it comes from outside; constructing the app touches nothing. */
export interface PlaneDeps {
  registry: Registry;
  accessTokens: AccessTokens;
  events: EventFeed;
  catalogue: Catalogue;
  releases: Releases;
  rollouts: Rollouts;
  telemetry: Telemetry;
  imports: PendingImports;
  sendCommand: SendCommand;
  /** The whole token as people hand it out, around the registry's secret. */
  joinToken: (token: { secret: string; expiresAt: number }) => string;
  /** Throws where something the control plane needs does not answer; `/readyz` says which. */
  checkReady: () => Promise<void>;
  metrics: PlaneMetrics;
  clock: Clock;
  newId: NewId;
  /** Refusals that are our fault, and nothing else: what people did wrong is told to them. */
  onInternalError: (failure: { error: unknown; requestId: string; method: string; path: string }) => void;
  /** Aborts when the server stops: event streams end then. */
  stopping: AbortSignal;
  /** Names besides localhost and addresses that people may reach us by; every other one is `host-not-allowed`. Default: none. */
  allowedHosts?: readonly string[];
  /** Folder of the built console; absent or empty: a plain page says how to build it. */
  consoleFolder?: string | undefined;
  /** Whether browsers reach us over TLS, so that the session cookie is `Secure`. Default false. */
  secureCookies?: boolean;
}

/** Sends a command to a device now; throws `offline` where it cannot be handed over. */
export type SendCommand = (request: { deviceId: string; command: Command }) => Promise<void>;

/** Imports that were announced and whose file is still to come. */
export interface PendingImports {
  announce(request: PendingImport): string;
  /** Takes it out; undefined when unknown or expired. */
  take(id: string): PendingImport | undefined;
}

export type PendingImport = ImportModelRequest;
