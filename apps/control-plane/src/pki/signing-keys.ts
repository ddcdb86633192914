import { DsseEnvelope, FlotillaError, KeySet, PAYLOAD_TYPES, type KeyDocuments } from '@flotilla/contracts';
import { canonicalJson } from '@flotilla/kernel';
import type { Signer } from '@flotilla/plane-catalogue';
import type { KeyDirectory } from '@flotilla/plane-http';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { createKeyPair, signDsse, signingKeyOf } from '@flotilla/platform-pki';
import { z } from 'zod';

const SigningDocument = z.object({
  /** Newest first; PEM. */
  privateKeysPem: z.array(z.string()).min(1).max(8),
  documents: z.array(DsseEnvelope).min(1).max(64),
});
type SigningDocument = z.infer<typeof SigningDocument>;

export interface SigningKeys extends Signer, KeyDirectory {
  /**
   * Brings a new key into use: the next key set names it beside the ones before, signed by those, and from now on
   * documents are signed by all of them, so that a device that has not seen the new set yet still reads them.
   * @param options.keep how many of the newest keys stay, the new one included. Default 2.
   */
  rotate(options: { now: number; keep?: number }): Promise<KeySet>;
}

/** The keys that sign releases and desired documents, in one file; made where missing. */
export async function openSigningKeys({ path, now }: { path: string; now: number }): Promise<SigningKeys> {
  let held = await readJsonFile(path, SigningDocument);
  if (held === undefined) {
    const { privateKeyPem } = createKeyPair('signing');
    held = {
      privateKeysPem: [privateKeyPem],
      documents: [keySetDocument({ serial: 1, now, keys: [privateKeyPem], signers: [privateKeyPem] })],
    };
    await writeJsonFile(path, held);
  }
  let current = held;
  return {
    async sign({ payloadType, payload }) {
      return signDsse({ payloadType, payload, privateKeysPem: current.privateKeysPem });
    },
    current: () => keySetOf(current),
    documents: (): KeyDocuments => ({ v: 1, documents: current.documents }),
    async rotate({ now: at, keep = 2 }) {
      const before = keySetOf(current);
      const { privateKeyPem } = createKeyPair('signing');
      const keys = [privateKeyPem, ...current.privateKeysPem].slice(0, Math.max(1, keep));
      const document = keySetDocument({
        serial: before.serial + 1,
        now: at,
        keys,
        signers: [privateKeyPem, ...current.privateKeysPem],
      });
      if (current.documents.length >= 64) {
        throw new FlotillaError('conflict', 'There were 63 rotations; devices read no longer chains.');
      }
      const next: SigningDocument = { privateKeysPem: keys, documents: [...current.documents, document] };
      await writeJsonFile(path, next);
      current = next;
      return keySetOf(current);
    },
  };
}

function keySetDocument({
  serial,
  now,
  keys,
  signers,
}: {
  serial: number;
  now: number;
  keys: string[];
  signers: string[];
}): DsseEnvelope {
  const set: KeySet = { v: 1, serial, issuedAt: now, keys: keys.map((key) => signingKeyOf(key)) };
  return signDsse({ payloadType: PAYLOAD_TYPES.keys, payload: canonicalJson(set), privateKeysPem: signers });
}

function keySetOf({ documents }: SigningDocument): KeySet {
  const newest = documents.at(-1);
  return KeySet.parse(JSON.parse(Buffer.from(newest?.payload ?? '', 'base64').toString('utf8')));
}
