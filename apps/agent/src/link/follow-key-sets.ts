import { KeySet, PAYLOAD_TYPES, type DsseEnvelope } from '@flotilla/contracts';
import { verifyDsse } from '@flotilla/platform-pki';

/**
 * The newest key set that can be reached from the one held: each next one must have a higher serial and be signed by a
 * key of the one before it. A set that cannot be reached is passed over; the held one then stays.
 */
export function followKeySets({
  held,
  documents,
}: {
  held: KeySet;
  documents: readonly DsseEnvelope[];
}): KeySet {
  let trusted = held;
  for (const envelope of documents) {
    const verdict = verifyDsse({ envelope, keys: trusted.keys, payloadType: PAYLOAD_TYPES.keys });
    if (!verdict.ok) continue;
    const next = KeySet.safeParse(parseJson(verdict.payload));
    if (next.success && next.data.serial > trusted.serial) trusted = next.data;
  }
  return trusted;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
