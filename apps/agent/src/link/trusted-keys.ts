import type { GatewayClient } from '@flotilla/agent-models';
import { GATEWAY_PATHS, KeyDocuments, type KeySet } from '@flotilla/contracts';
import { followKeySets } from './follow-key-sets.ts';

/** 64 documents of some kilobytes. */
const MAX_BYTES = 1024 * 1024;

export interface TrustedKeysOptions {
  /** As pinned at join, or rotated since. */
  held: KeySet;
  gateway: () => Pick<GatewayClient, 'get'>;
  save: (keys: KeySet) => Promise<void>;
}

/** The keys that may sign for this device, followed from the set that was pinned at join. */
export class TrustedKeys {
  readonly #options: TrustedKeysOptions;
  #held: KeySet;

  constructor(options: TrustedKeysOptions) {
    this.#options = options;
    this.#held = options.held;
  }

  get current(): KeySet {
    return this.#held;
  }

  /** Asks for key documents and follows them; true where the set is a newer one now. */
  async refresh({ signal }: { signal?: AbortSignal } = {}): Promise<boolean> {
    const { gateway, save } = this.#options;
    const bytes = await gateway().get({ path: GATEWAY_PATHS.keys, maxBytes: MAX_BYTES, signal });
    const documents = KeyDocuments.safeParse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8') || 'null'));
    if (!documents.success) return false;
    const next = followKeySets({ held: this.#held, documents: documents.data.documents });
    if (next.serial <= this.#held.serial) return false;
    await save(next);
    this.#held = next;
    return true;
  }
}
