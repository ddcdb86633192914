import type { ConversationItem, WireResponse } from '@flotilla/agent-openai';
import { openPrivateDatabase } from '@flotilla/platform-files';

/** A response with what it was made from; `input` is its own, without that of the response before it. */
export interface KeptResponse {
  response: WireResponse;
  input: ConversationItem[];
}

/** A response, or an item of one, as one caller knows it: nobody else can name it. */
export interface ResponseKey {
  id: string;
  /** Id of the API key that made it, or `KEYLESS`. */
  owner: string;
}

/** Responses that the box keeps for those who made them. */
export interface ResponseStore {
  /** False for one that is larger than everything that may be kept. The oldest give way. */
  keep(owner: string, kept: KeptResponse): boolean;
  find(key: ResponseKey): KeptResponse | undefined;
  /** Id of the newest response that has an item of this id, in what it was made from or in what it answered. */
  responseWith(item: ResponseKey): string | undefined;
  /** False when there is none. */
  forget(key: ResponseKey): boolean;
  /** How many were forgotten. Their bytes are overwritten, not only given up. */
  forgetAll(owner: string): number;
  close(): void;
}

export interface ResponseStoreOptions {
  /** `IN_MEMORY` keeps them as long as the process runs. */
  path: string;
  /** How long one is kept. */
  keepMs: number;
  /** Most bytes of requests and answers together. */
  maxBytes: number;
  /** Milliseconds since 1970 UTC. */
  now: () => number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS responses (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS responses_by_owner ON responses (owner);
  CREATE INDEX IF NOT EXISTS responses_by_age ON responses (kept_at);
  CREATE TABLE IF NOT EXISTS items (
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    response INTEGER NOT NULL REFERENCES responses (sequence) ON DELETE CASCADE,
    PRIMARY KEY (owner, id, response)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS items_by_response ON items (response);
`;

/**
 * Opens the file with mode 600. One that is damaged is removed, not put aside: it holds prompts, and nobody looks for
 * them there.
 */
export function openResponseStore({ path, keepMs, maxBytes, now }: ResponseStoreOptions): ResponseStore {
  const { database } = openPrivateDatabase({
    path,
    schema: SCHEMA,
    pragmas: ['secure_delete = ON', 'foreign_keys = ON'],
    whenDamaged: 'remove',
  });
  const total = database.prepare<[], { bytes: number | null }>('SELECT sum(bytes) AS bytes FROM responses');
  const oldest = database.prepare<[], { sequence: number; bytes: number }>(
    'SELECT sequence, bytes FROM responses ORDER BY sequence LIMIT 1',
  );
  const dropOne = database.prepare('DELETE FROM responses WHERE sequence = ?');
  const dropOld = database.prepare('DELETE FROM responses WHERE kept_at < ?');
  const add = database.prepare(
    'INSERT INTO responses (id, owner, kept_at, bytes, body) VALUES (@id, @owner, @keptAt, @bytes, @body)',
  );
  const read = database.prepare<ResponseKey & { since: number }, { body: string }>(
    'SELECT body FROM responses WHERE id = @id AND owner = @owner AND kept_at >= @since',
  );
  const addItem = database.prepare(
    'INSERT OR IGNORE INTO items (owner, id, response) VALUES (@owner, @id, @response)',
  );
  const readItem = database.prepare<ResponseKey & { since: number }, { id: string }>(
    `SELECT responses.id FROM items JOIN responses ON sequence = response
     WHERE items.owner = @owner AND items.id = @id AND kept_at >= @since ORDER BY response DESC LIMIT 1`,
  );
  const drop = database.prepare<ResponseKey>('DELETE FROM responses WHERE id = @id AND owner = @owner');
  const dropAll = database.prepare('DELETE FROM responses WHERE owner = ?');

  const makeRoom = (bytes: number): void => {
    dropOld.run(now() - keepMs);
    let held = total.get()?.bytes ?? 0;
    for (let row = oldest.get(); row !== undefined && held + bytes > maxBytes; row = oldest.get()) {
      dropOne.run(row.sequence);
      held -= row.bytes;
    }
  };
  /** The log beside the file holds what was written before; erased is only what is in neither. */
  const wipe = (): void => void database.pragma('wal_checkpoint(TRUNCATE)');

  return {
    keep: database.transaction((owner: string, kept: KeptResponse): boolean => {
      const body = JSON.stringify(kept);
      const itemIds = [...kept.input, ...kept.response.output].map(({ id }) => id);
      // Of an item two indexes are kept, beside the answer.
      const itemBytes = itemIds.reduce((sum, id) => sum + 2 * Buffer.byteLength(owner + id), 0);
      const bytes = Buffer.byteLength(body) + itemBytes;
      if (bytes > maxBytes || keepMs === 0) return false;
      makeRoom(bytes);
      const { lastInsertRowid: response } = add.run({
        id: kept.response.id,
        owner,
        keptAt: now(),
        bytes,
        body,
      });
      for (const id of itemIds) addItem.run({ owner, id, response });
      return true;
    }),
    find(key) {
      const row = read.get({ ...key, since: now() - keepMs });
      return row === undefined ? undefined : (JSON.parse(row.body) as KeptResponse);
    },
    responseWith: (item) => readItem.get({ ...item, since: now() - keepMs })?.id,
    forget(key) {
      const { changes } = drop.run(key);
      if (changes > 0) wipe();
      return changes > 0;
    },
    forgetAll(owner) {
      const { changes } = dropAll.run(owner);
      wipe();
      return changes;
    },
    close: () => void database.close(),
  };
}
