import type { Role } from '@flotilla/contracts';

export interface AccessTokenRow {
  id: string;
  name: string;
  role: Role;
  tokenHash: string;
  createdAt: number;
  expiresAt?: number | undefined;
}

/** A session or a one-time code: a hashed secret that stands for a token until it expires. */
export interface GrantRow {
  secretHash: string;
  kind: 'session' | 'code';
  tokenId: string;
  expiresAt: number;
}

/** Where people's access is kept. A token that is removed takes its grants along. */
export interface AccessStore {
  /** False when the name is in use. */
  addToken(row: AccessTokenRow): Promise<boolean>;
  findToken(by: { tokenHash: string } | { id: string }): Promise<AccessTokenRow | undefined>;
  listTokens(): Promise<AccessTokenRow[]>;
  removeToken(id: string): Promise<boolean>;
  /** Also forgets grants that expired before `now`. */
  addGrant(row: GrantRow, now: number): Promise<void>;
  findGrant(grant: Pick<GrantRow, 'secretHash' | 'kind'>): Promise<GrantRow | undefined>;
  /** The grant, gone from the store; undefined when it was not there. Of two at once, one gets it. */
  takeGrant(grant: Pick<GrantRow, 'secretHash' | 'kind'>): Promise<GrantRow | undefined>;
}
