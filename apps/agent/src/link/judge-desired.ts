import { Desired, PAYLOAD_TYPES, type DesiredMessage, type KeySet } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import { verifyDsse } from '@flotilla/platform-pki';

export type DesiredVerdict =
  | { kind: 'accepted'; desired: Desired }
  /** The very document that is held: a broker sends it again at every connection. */
  | { kind: 'held' }
  | { kind: 'ignored'; reason: DesiredRefusal };

/** `unknown-key` may pass after the key set was renewed; the others never do. */
export type DesiredRefusal =
  | 'unknown-key'
  | 'bad-signature'
  | 'wrong-type'
  | 'not-readable'
  | 'another-device'
  | 'stale'
  | 'same-generation-other-content';

/** Whether a desired document is for this device, by a key it trusts, and newer than the one it holds. */
export function judgeDesired({
  message,
  keys,
  deviceId,
  held,
}: {
  message: DesiredMessage;
  keys: KeySet;
  deviceId: string;
  held: Desired | undefined;
}): DesiredVerdict {
  const verdict = verifyDsse({
    envelope: message.envelope,
    keys: keys.keys,
    payloadType: PAYLOAD_TYPES.desired,
  });
  if (!verdict.ok) return { kind: 'ignored', reason: verdict.reason };
  const desired = Desired.safeParse(parseJson(verdict.payload));
  if (!desired.success) return { kind: 'ignored', reason: 'not-readable' };
  if (desired.data.deviceId !== deviceId) return { kind: 'ignored', reason: 'another-device' };
  if (!held || desired.data.generation > held.generation) return { kind: 'accepted', desired: desired.data };
  if (desired.data.generation < held.generation) return { kind: 'ignored', reason: 'stale' };
  const same = Buffer.from(canonicalJson(desired.data)).equals(canonicalJson(held));
  return same ? { kind: 'held' } : { kind: 'ignored', reason: 'same-generation-other-content' };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
