import { FlotillaError } from '@flotilla/contracts';

/** The `code` of a system error such as `ENOENT`; undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failed file operation as a FlotillaError that names the path: `disk-full`, `not-found`, `forbidden` or `internal`. */
export function fileError({
  error,
  path,
  doing,
}: {
  error: unknown;
  path: string;
  doing: string;
}): FlotillaError {
  const details = { about: path };
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FlotillaError('disk-full', `There is no space left for ${doing} ${path}.`, {
        cause: error,
        details: { ...details, fix: 'Free disk space on that file system.' },
      });
    case 'ENOENT':
      return new FlotillaError('not-found', `${path} does not exist (${doing} it).`, {
        cause: error,
        details,
      });
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new FlotillaError('forbidden', `${doing} ${path} is not allowed for this user.`, {
        cause: error,
        details: { ...details, fix: 'Give this user the right to write there, or choose another folder.' },
      });
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new FlotillaError('internal', `${doing} ${path} failed: ${reason}`, { cause: error, details });
    }
  }
}
