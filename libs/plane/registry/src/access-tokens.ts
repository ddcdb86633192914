import type { CreateAccessTokenRequest, Role } from '@flotilla/contracts';

export interface Principal {
  /** The token that the right comes from. */
  tokenId: string;
  name: string;
  role: Role;
}

export interface AccessTokenView {
  id: string;
  name: string;
  role: Role;
  createdAt: number;
  expiresAt?: number | undefined;
}

export interface Session extends Principal {
  /** The secret that goes into the cookie. */
  id: string;
  expiresAt: number;
}

/** People's tokens and the sessions made from them. Everything secret is stored hashed. */
export interface AccessTokens {
  /** `token` is shown once. Throws `already-exists` for a name in use. */
  create(request: CreateAccessTokenRequest): Promise<{ id: string; token: string }>;
  verify(token: string): Promise<Principal | undefined>;
  list(): Promise<AccessTokenView[]>;
  /** Its sessions end with it. Throws `not-found`. */
  revoke(id: string): Promise<void>;

  createSession(tokenId: string): Promise<Session>;
  /** Undefined for an unknown, ended or expired one, and when its token is gone. */
  verifySession(id: string): Promise<(Principal & { expiresAt: number }) | undefined>;
  endSession(id: string): Promise<void>;

  /** A sign-in link's code: works once, for ten minutes. */
  createOneTimeCode(tokenId: string): Promise<{ code: string; expiresAt: number }>;
  /** A session for the code; undefined when it was used, expired or never made. Two at once: one wins. */
  redeemOneTimeCode(code: string): Promise<Session | undefined>;
}
