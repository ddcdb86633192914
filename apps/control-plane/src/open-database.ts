import { FlotillaError, isFlotillaError } from '@flotilla/contracts';
import { openStore, type PlaneStore } from '@flotilla/plane-store';

/**
 * The database with its tables brought to this version. Throws `corrupt-file` naming the SQLite file, or `unavailable`
 * naming the server; never its password.
 */
export async function openDatabase({
  databaseUrl,
  file,
}: {
  databaseUrl: string | undefined;
  file: string;
}): Promise<PlaneStore> {
  let store: PlaneStore | undefined;
  try {
    store = await openStore({ url: databaseUrl ?? `sqlite:${file}` });
    await store.migrate();
    return store;
  } catch (cause) {
    await store?.close().catch(() => {});
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
