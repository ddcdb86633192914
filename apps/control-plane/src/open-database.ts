import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import { openStore, type Claim, type PlaneStore } from '@flotilla/plane-store';

/**
 * The database with its tables brought to this version, held for this process. Throws `corrupt-file` naming the SQLite
 * file, or `unavailable` naming the server, never its password; `conflict` where another control plane uses it.
 */
export async function openDatabase({
  databaseUrl,
  file,
  onLost,
}: {
  databaseUrl: string | undefined;
  file: string;
  /** Another process took the database after our line to it had broken. */
  onLost: (error: FlotillaError) => void;
}): Promise<PlaneStore> {
  let store: PlaneStore | undefined;
  let claim: Claim | undefined;
  try {
    store = await openStore({ url: databaseUrl ?? `sqlite:${file}` });
    await store.ready();
    const held = store;
    const taken = await held.claim({ onLost });
    claim = taken;
    await held.migrate();
    return {
      ...held,
      async close() {
        await held.close();
        // The last thing: the next one may begin when nothing of ours can write any more.
        await taken.release();
      },
    };
  } catch (cause) {
    await store?.close().catch(() => {});
    await claim?.release();
    // One that only says that nobody answered does not know, as we do, who was asked.
    if (isFlotillaError(cause) && (databaseUrl === undefined || cause.code !== 'unavailable')) throw cause;
    const why = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    if (databaseUrl === undefined) {
      throw new FlotillaError('corrupt-file', `The database ${file} cannot be used: ${why}.`, {
        cause,
        details: {
          about: file,
          fix: 'Restore it from a backup, or move it away to begin with an empty one.',
        },
      });
    }
    const { host, pathname } = new URL(databaseUrl);
    throw new FlotillaError('unavailable', `The database ${host}${pathname} cannot be used: ${why}.`, {
      cause,
      details: {
        about: host,
        fix: 'Check that it runs, and the user and password in FLOTILLA_DATABASE_URL.',
      },
    });
  }
}
