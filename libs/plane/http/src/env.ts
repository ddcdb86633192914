import type { Role } from '@flotilla/contracts';

/** Who calls the people's API. */
export interface Caller {
  /** The access token behind the request, by its own right or through a session. */
  tokenId: string;
  name: string;
  role: Role;
  /** The session's secret when the right came by cookie; such a request needs the origin check. */
  sessionId?: string | undefined;
  /** When that session ends. */
  expiresAt?: number | undefined;
}

/** What `@hono/node-server` hands over; absent when a test calls the app without a port. */
export interface NodeBindings {
  incoming?: { socket: { remoteAddress?: string | undefined } };
}

export interface PlaneEnv {
  Bindings: NodeBindings;
  Variables: {
    requestId: string;
    /** Set on every route that is not open to anyone. */
    caller: Caller;
    /** Whether the caller still has the right it came with; for answers that last. */
    stillAllowed: () => Promise<boolean>;
  };
}
