import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpFaultProxy extends AsyncDisposable {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Bytes passed to clients since the start. */
  readonly bytesToClients: number;
  readonly connections: number;
  /** Ends every connection and refuses new ones, until `restore`. */
  cut(): void;
  /** Keeps connections open and lets nothing through, as a dead link does, until `restore`. */
  freeze(): void;
  /** Lets at most so many bytes per second through, over all connections and both directions, until `restore`. */
  slow(bytesPerSecond: number): void;
  /** Passes so many more bytes to clients, then ends the connection that wants one more. Once. */
  dropAfter(bytes: number): void;
  /** Takes every fault away. */
  restore(): void;
  stop(): Promise<void>;
}

/** A TCP proxy on a random port of loopback, between a client and a server, whose faults a test turns on and off. */
export async function startTcpFaultProxy({
  target,
}: {
  target: { host?: string; port: number };
}): Promise<TcpFaultProxy> {
  const proxy = new FaultProxy(target);
  await proxy.listen();
  return proxy;
}

class FaultProxy implements TcpFaultProxy {
  readonly #target: { host?: string; port: number };
  readonly #sockets = new Set<Socket>();
  readonly #held = new Set<() => void>();
  readonly #server = createServer((client) => this.#accept(client));
  #mode: 'open' | 'cut' | 'frozen' = 'open';
  #bytesPerSecond = Infinity;
  #dropAfter = Infinity;
  /** When the line is free again, in milliseconds of `performance.now`. */
  #freeAt = 0;
  #bytesToClients = 0;

  constructor(target: { host?: string; port: number }) {
    this.#target = target;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get bytesToClients(): number {
    return this.#bytesToClients;
  }

  get connections(): number {
    return this.#sockets.size / 2;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.destroy();
    this.#release();
  }

  freeze(): void {
    this.#mode = 'frozen';
  }

  slow(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  dropAfter(bytes: number): void {
    this.#dropAfter = bytes;
  }

  restore(): void {
    this.#mode = 'open';
    this.#bytesPerSecond = Infinity;
    this.#dropAfter = Infinity;
    this.#freeAt = 0;
    this.#release();
  }

  #release(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const pass of held) pass();
  }

  async stop(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #accept(client: Socket): void {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    const server = connect(this.#target.port, this.#target.host ?? '127.0.0.1');
    this.#join({ from: client, to: server, toClient: false });
    this.#join({ from: server, to: client, toClient: true });
  }

  #join({ from, to, toClient }: { from: Socket; to: Socket; toClient: boolean }): void {
    this.#sockets.add(from);
    from.on('data', (data) => {
      from.pause();
      this.#pass({ data, to, toClient, done: () => from.resume() });
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }

  #pass(given: { data: Buffer; to: Socket; toClient: boolean; done: () => void }): void {
    const { data, to, toClient, done } = given;
    if (this.#mode === 'frozen') {
      this.#held.add(() => this.#pass(given));
      return;
    }
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (data.length * 1000) / this.#bytesPerSecond;
    const send = (): void => {
      clearTimeout(timer);
      this.#held.delete(send);
      if (to.destroyed) return;
      const part = toClient ? data.subarray(0, this.#dropAfter) : data;
      if (toClient) {
        this.#bytesToClients += part.length;
        this.#dropAfter -= part.length;
      }
      if (part.length < data.length) {
        this.#dropAfter = Infinity;
        to.write(part, () => to.destroy());
      } else if (to.write(part)) done();
      else to.once('drain', done);
    };
    const timer = this.#freeAt > now ? setTimeout(send, this.#freeAt - now) : undefined;
    if (timer) this.#held.add(send);
    else send();
  }
}
