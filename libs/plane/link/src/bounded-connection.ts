import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/**
 * A socket on which no MQTT packet longer than `maxPacketBytes` comes in: it is cut as soon as the packet's header says
 * so. The parser behind collects a packet whole before anyone sees it, and the protocol allows 256 MB.
 */
export class BoundedConnection extends Duplex {
  readonly #socket: TLSSocket;
  readonly #measure: (chunk: Uint8Array) => boolean;
  readonly #onTooLarge: () => void;

  constructor({
    socket,
    maxPacketBytes,
    onTooLarge,
  }: {
    socket: TLSSocket;
    maxPacketBytes: number;
    onTooLarge: () => void;
  }) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#measure = createPacketMeter(maxPacketBytes);
    this.#onTooLarge = onTooLarge;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('end', () => this.push(null));
    socket.once('error', (error: Error) => this.destroy(error));
    socket.once('close', () => this.destroy());
  }

  #take(chunk: Buffer): void {
    if (!this.#measure(chunk)) {
      this.#onTooLarge();
      this.destroy();
      return;
    }
    if (!this.push(chunk)) this.#socket.pause();
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(chunk, encoding, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket.destroy();
    callback(error);
  }
}

/**
 * Follows the packet headers of an MQTT byte stream, however it is cut into chunks.
 * @returns a function that says false once a packet announces more than `maxPacketBytes`.
 */
export function createPacketMeter(maxPacketBytes: number): (chunk: Uint8Array) => boolean {
  let bodyLeft = 0;
  let length = 0;
  let shift = -7; // -7: the next byte is a packet's first; from 0 on: the next one belongs to its length
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (bodyLeft > 0) {
        const skipped = Math.min(bodyLeft, chunk.length - at);
        bodyLeft -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (shift < 0) {
        shift = 0;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (length > maxPacketBytes || shift > 28) return false;
      if ((byte & 0x80) === 0) {
        bodyLeft = length;
        shift = -7;
      }
    }
    return true;
  };
}
