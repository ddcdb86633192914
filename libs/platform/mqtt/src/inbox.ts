import { filterFor, topicFor, type ChannelName, type PayloadOf, CHANNELS } from '@flotilla/contracts';

import type { IncomingPacket } from './connection.ts';
import { decodeMessage, type RefusalReason } from './message-codec.ts';

/** Which messages of a channel: of one device, or, at the control plane, of all. */
export interface Audience {
  /** Default: every device. */
  deviceId?: string;
  /** The members of a group share the messages (`$share`), where the broker has it. Default: no group, all get all. */
  group?: string;
}

export interface MessageContext {
  deviceId: string;
  /** The broker kept it and sends it because we have just subscribed: it may be old. */
  retained: boolean;
}

export type MessageHandler<Name extends ChannelName> = (
  payload: PayloadOf<Name>,
  context: MessageContext,
) => void | Promise<void>;

export interface MessageRefused {
  channel: ChannelName | undefined;
  topic: string;
  reason: RefusalReason;
  /** What is wrong with it, without its content. */
  problem: string;
}

export interface HandlerFailed {
  channel: ChannelName;
  deviceId: string;
  error: unknown;
}

interface Subscription {
  channel: ChannelName;
  deviceId: string | undefined;
  filter: string;
  handler: MessageHandler<never>;
}

interface InboxOptions {
  /** Messages that may be in handlers at once; above it nothing is read from the wire. */
  parallel: number;
  onRefused: (refused: MessageRefused) => void;
  onFailed: (failed: HandlerFailed) => void;
}

/**
 * Hands incoming messages to their handlers, each parsed once, at most so many at a time: a control plane whose
 * database is slow must slow the broker down, not fill its own memory.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #turns: (() => void)[] = [];
  #active = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** The topic filters to subscribe to, each once, with their quality of service. */
  filters(): Map<string, 0 | 1> {
    return new Map([...this.#subscriptions].map(({ filter, channel }) => [filter, CHANNELS[channel].qos]));
  }

  /** @returns the filter it listens on, and how to stop listening; that tells whether nobody else needs the filter. */
  add<Name extends ChannelName>({
    channel,
    audience: { deviceId, group },
    handler,
  }: {
    channel: Name;
    audience: Audience;
    handler: MessageHandler<Name>;
  }): { filter: string; remove: () => { filterUnused: boolean } } {
    const plain = deviceId === undefined ? filterFor(channel) : topicFor(channel, deviceId);
    const filter = group === undefined ? plain : `$share/${group}/${plain}`;
    // The set holds handlers of all channels; `accept` gives each only payloads that its own channel's schema made.
    const subscription: Subscription = {
      channel,
      deviceId,
      filter,
      handler,
    };
    this.#subscriptions.add(subscription);
    return {
      filter,
      remove: () => {
        const was = this.#subscriptions.delete(subscription);
        return { filterUnused: was && !this.filters().has(filter) };
      },
    };
  }

  /** Takes one message in; resolves when the next one may be read. */
  async accept({ topic, payload, retained }: IncomingPacket): Promise<void> {
    if (payload.length === 0) return; // a retained message was taken back
    const decoded = decodeMessage({ topic, payload });
    if (!decoded.ok) {
      this.#options.onRefused({
        channel: decoded.channel,
        topic,
        reason: decoded.reason,
        problem: decoded.problem,
      });
      return;
    }
    const { channel, deviceId } = decoded;
    for (const subscription of [...this.#subscriptions]) {
      if (subscription.channel !== channel || (subscription.deviceId ?? deviceId) !== deviceId) continue;
      void this.#handle({ subscription, payload: decoded.payload, context: { deviceId, retained } });
    }
    if (this.#active >= this.#options.parallel)
      await new Promise<void>((resolve) => this.#turns.push(resolve));
  }

  async #handle(given: {
    subscription: Subscription;
    payload: PayloadOf<ChannelName>;
    context: MessageContext;
  }): Promise<void> {
    const { subscription, payload, context } = given;
    this.#active += 1;
    try {
      await subscription.handler(payload as never, context);
    } catch (error) {
      this.#options.onFailed({ channel: subscription.channel, deviceId: context.deviceId, error });
    } finally {
      this.#active -= 1;
      this.#turns.shift()?.();
    }
  }
}
