import type { Desired, DesiredMessage, KeySet } from '@flotilla/contracts';
import { judgeDesired, type DesiredRefusal } from './judge-desired.ts';

export interface DesiredIntakeOptions {
  deviceId: string;
  documents: { readDesired(): Promise<Desired | undefined>; writeDesired(desired: Desired): Promise<void> };
  keys: () => KeySet;
  /** Asks the control plane for newer keys; true where there were some. */
  refreshKeys: () => Promise<boolean>;
  /** It is on the disk already. */
  onAccepted: (desired: Desired) => void;
  onIgnored: (refusal: { reason: DesiredRefusal; via: 'mqtt' | 'gateway' }) => void;
}

/**
 * Takes desired documents in, from whichever way they come, one after another: the generation on the disk only rises.
 */
export class DesiredIntake {
  readonly #options: DesiredIntakeOptions;
  #queue: Promise<unknown> = Promise.resolve();
  #ignored = 0;

  constructor(options: DesiredIntakeOptions) {
    this.#options = options;
  }

  /** Stale, replayed, foreign or badly signed documents since the start. */
  get ignored(): number {
    return this.#ignored;
  }

  take(message: DesiredMessage, via: 'mqtt' | 'gateway'): Promise<void> {
    const turn = this.#queue.then(() => this.#takeOne(message, via));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #takeOne(message: DesiredMessage, via: 'mqtt' | 'gateway'): Promise<void> {
    const { deviceId, documents, keys, refreshKeys, onAccepted, onIgnored } = this.#options;
    const held = await documents.readDesired();
    const judge = () => judgeDesired({ message, keys: keys(), deviceId, held });
    let verdict = judge();
    if (verdict.kind === 'ignored' && verdict.reason === 'unknown-key' && (await refreshKeys()))
      verdict = judge();
    switch (verdict.kind) {
      case 'held':
        return;
      case 'ignored':
        this.#ignored += 1;
        onIgnored({ reason: verdict.reason, via });
        return;
      case 'accepted':
        await documents.writeDesired(verdict.desired);
        onAccepted(verdict.desired);
    }
  }
}
