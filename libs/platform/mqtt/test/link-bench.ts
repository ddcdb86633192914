import { MqttLink, type MqttLinkEvents, type MqttLinkOptions } from '../src/mqtt-link.ts';

/** A link under test, with all it told. */
export type ToldLink = MqttLink & { told: { [Name in keyof MqttLinkEvents]?: MqttLinkEvents[Name][] } };

export interface LinkBench {
  /** A link that is not started; it comes back at once, so that no test waits for a random delay. */
  newLink: (options: MqttLinkOptions) => ToldLink;
  /** The same, started and connected. */
  started: (options: MqttLinkOptions) => Promise<ToldLink>;
  /** Has something stopped after the test, after all links and in the opposite order. */
  own: <Started extends { stop(): Promise<void> }>(started: Started) => Started;
  /** Stops everything; for `afterEach`. */
  stopAll: () => Promise<void>;
}

export function createLinkBench(): LinkBench {
  const links: MqttLink[] = [];
  const others: { stop(): Promise<void> }[] = [];
  const newLink = (options: MqttLinkOptions): ToldLink => {
    const link = new MqttLink({ retry: { initialMs: 20, maxMs: 50 }, ...options });
    links.push(link);
    const told: ToldLink['told'] = {};
    link.events.onAny((name, payload) => ((told[name] ??= []) as unknown[]).push(payload));
    return Object.assign(link, { told });
  };
  return {
    newLink,
    started: async (options) => {
      const link = newLink(options);
      link.start();
      await link.whenConnected();
      return link;
    },
    own: (started) => {
      others.push(started);
      return started;
    },
    stopAll: async () => {
      await Promise.all(links.splice(0).map((link) => link.stop()));
      for (const other of others.splice(0).reverse()) await other.stop();
    },
  };
}
