import { FlotillaError } from '@flotilla/contracts';
import { formatBytes } from '@flotilla/kernel';

import type { FreeDisk } from './disk-reserve.ts';

/** The file would take what local models may by so much too much. */
export function overBoundRefusal(
  digest: string,
  { maxBytes, overBytes }: { maxBytes: number; overBytes: number },
): FlotillaError {
  return new FlotillaError(
    'too-large',
    `Local models may take ${formatBytes(maxBytes)} on this box; this file is ${formatBytes(overBytes)} over that.`,
    {
      details: {
        field: 'digest',
        about: digest,
        maxBytes,
        overBytes,
        fix: 'Delete a local model, or raise `localModels.maxBytes` in the configuration of the device; a file that was sent and not used goes after some minutes.',
      },
    },
  );
}

export function shortOfDiskRefusal(
  digest: string,
  { short, ...disk }: FreeDisk & { short: number },
): FlotillaError {
  return new FlotillaError(
    'disk-full',
    `${formatBytes(disk.reserveBytes)} of the disk must stay free: it is ${formatBytes(short)} short for this file.`,
    {
      details: {
        about: digest,
        ...disk,
        fix: `Free ${formatBytes(short)} on the file system of the data folder.`,
      },
    },
  );
}

export function tooManyRefusal(digest: string, most: number): FlotillaError {
  return new FlotillaError('rate-limited', `${most} files are being sent to this box already.`, {
    details: { about: digest, fix: 'Send it again when one of them is here.' },
  });
}

export function mismatchRefusal(
  digest: string,
  { found, bytes }: { found: string; bytes: number },
): FlotillaError {
  return new FlotillaError(
    'digest-mismatch',
    `The ${bytes} bytes that came are sha256:${found}, not the sha256:${digest} they were sent as.`,
    { details: { field: 'digest', about: digest, fix: 'Send the file again, whole.' } },
  );
}

/** Of the fleet's store: collected meanwhile. */
export function goneRefusal(digest: string): FlotillaError {
  return new FlotillaError('not-found', `The file sha256:${digest} is gone.`, { details: { about: digest } });
}

export function noDigestRefusal(): FlotillaError {
  return new FlotillaError('invalid-input', '`digest` must be sha256: and 64 lower-case hex digits.', {
    details: { field: 'digest' },
  });
}

/** A body ends with an error of the network's own where its sender goes in the middle. */
export function cutOffRefusal(digest: string, cause: unknown): FlotillaError {
  return new FlotillaError('aborted', 'The file ended before it was whole; nothing of it is kept.', {
    cause,
    details: { about: digest, fix: 'Send it again.' },
  });
}
