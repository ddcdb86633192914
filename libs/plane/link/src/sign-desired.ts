import { PAYLOAD_TYPES, type Desired, type DesiredMessage } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import type { Signer } from '@flotilla/plane-catalogue';

/** A desired document as its device accepts it: signed over its canonical JSON, with the device's id inside. */
export async function signDesired({
  signer,
  desired,
}: {
  signer: Signer;
  desired: Desired;
}): Promise<DesiredMessage> {
  const envelope = await signer.sign({ payloadType: PAYLOAD_TYPES.desired, payload: canonicalJson(desired) });
  return { v: 1, envelope };
}
