import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

import {
  createCertificateAuthority,
  issueClientCertificate,
  issueServerCertificate,
} from '@flotilla/platform-pki';

import type { GatewayCredentials } from '../src/gateway/create-gateway-client.ts';
import type { Published } from './test-models.ts';

/** A fault that the next requests meet; returning true means that it answered. */
export type Meddle = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface TestGateway extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly credentials: GatewayCredentials;
  /** Bytes of blobs that left this server since the start. */
  readonly blobBytes: number;
  /** Ranges asked for, in order. */
  readonly ranges: string[];
  /** Set, every request passes here first. */
  meddle?: Meddle;
  /** Changes blob bytes on their way out; `offset` is where the piece begins in the blob. */
  corrupt?: (piece: Buffer, offset: number) => Buffer;
  /** Most bytes per second of all answers. */
  bytesPerSecond?: number;
}

/** A device gateway with real TLS that asks for a client certificate, on a random port of loopback. */
export async function startTestGateway(published: readonly Published[]): Promise<TestGateway> {
  const now = Date.now();
  const ca = await createCertificateAuthority({ now });
  const server = await issueServerCertificate({ ca, names: ['localhost'], ips: ['127.0.0.1'], now });
  const client = await issueClientCertificate({ ca, commonName: 'device-1', now });
  const ranges: string[] = [];
  let blobBytes = 0;
  const https = createServer(
    {
      key: server.privateKeyPem,
      cert: server.certificatePem,
      ca: ca.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      answer(request, response).catch(() => response.destroy());
    },
  );
  const gateway: TestGateway = {
    get port() {
      return (https.address() as AddressInfo).port;
    },
    get url() {
      return `https://127.0.0.1:${this.port}`;
    },
    credentials: { ca: ca.certificatePem, certificate: client.certificatePem, key: client.privateKeyPem },
    get blobBytes() {
      return blobBytes;
    },
    ranges,
    async [Symbol.asyncDispose]() {
      https.closeAllConnections();
      https.close();
      await once(https, 'close');
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (gateway.meddle?.(request, response) === true) return;
    if (!(request.socket as TLSSocket).authorized) return problem(response, 401, 'certificate-refused');
    const [, kind, digest] = /^\/v1\/(manifests|blobs)\/([0-9a-f]+)$/.exec(request.url ?? '') ?? [];
    const found = published.find(({ model }) =>
      kind === 'blobs' ? model.digest === digest : model.manifestDigest === digest,
    );
    if (found === undefined) return problem(response, 404, 'not-found');
    if (kind === 'manifests') return void response.end(found.manifestBytes);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (from === undefined || to === undefined) return void response.end(found.bytes);
    ranges.push(`${from}-${to}`);
    await sendRange(response, found.bytes, Number(from), Number(to) + 1);
  }

  async function sendRange(response: ServerResponse, bytes: Buffer, from: number, to: number): Promise<void> {
    response.writeHead(206, {
      'content-range': `bytes ${from}-${to - 1}/${bytes.length}`,
      'content-length': to - from,
    });
    const step = gateway.bytesPerSecond === undefined ? 64 * 1024 : Math.ceil(gateway.bytesPerSecond / 20);
    for (let at = from; at < to; at += step) {
      const piece = Buffer.from(bytes.subarray(at, Math.min(to, at + step)));
      blobBytes += piece.length;
      if (!response.write(gateway.corrupt?.(piece, at) ?? piece)) await once(response, 'drain');
      if (gateway.bytesPerSecond !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    response.end();
  }

  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  return gateway;
}

function problem(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ code, detail: `refused with ${code}` }));
}
