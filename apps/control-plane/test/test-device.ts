import { request, type RequestOptions } from 'node:https';
import {
  type AgentInfo,
  JoinResponse,
  PAYLOAD_TYPES,
  Desired,
  type DeviceFacts,
  type DesiredMessage,
  type Reported,
  type ReportedService,
  type TelemetryAck,
  type TelemetryRow,
} from '@flotilla/contracts';
import { MqttLink } from '@flotilla/platform-mqtt';
import {
  createCertificateRequest,
  createKeyPair,
  fetchPinnedAuthority,
  parseJoinToken,
  verifyDsse,
  type Identity,
} from '@flotilla/platform-pki';

export const AGENT: AgentInfo = {
  version: '0.1.0',
  protocols: ['mqtt/1', 'gateway/1'],
  capabilities: [
    'release-v1',
    'golden-prompts-v1',
    'chunked-pull-v1',
    'system-prompt-v1',
    'memory-share-v1',
    'min-speed-v1',
  ],
};

export const FACTS: DeviceFacts = {
  v: 1,
  at: 1,
  hostname: 'box',
  os: { platform: 'linux' },
  cpu: { arch: 'x64', cores: 4, usableCores: 4, instructionSets: [] },
  memory: { totalBytes: 8e9, availableBytes: 6e9 },
  gpus: [],
  disk: { totalBytes: 1e11, freeBytes: 5e10 },
  bootId: 'boot-1',
  unknown: [],
};

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** A device that speaks the protocol and serves nothing: it says what the test tells it to say. */
export class TestDevice {
  readonly id: string;
  readonly identity: Identity;
  readonly joined: JoinResponse;
  readonly link: MqttLink;
  readonly desired: Desired[] = [];
  readonly acks: TelemetryAck[] = [];
  readonly commands: string[] = [];
  readonly #gatewayUrl: string;

  private constructor({
    joined,
    identity,
    gatewayUrl,
  }: {
    joined: JoinResponse;
    identity: Identity;
    gatewayUrl: string;
  }) {
    this.id = joined.deviceId;
    this.joined = joined;
    this.identity = identity;
    this.#gatewayUrl = gatewayUrl;
    this.link = new MqttLink({
      url: joined.mqttUrl,
      clientId: joined.deviceId,
      retry: { initialMs: 50, maxMs: 200 },
      tls: () => ({ ca: joined.ca, cert: identity.certificatePem, key: identity.privateKeyPem }),
      will: () => ({
        channel: 'status',
        deviceId: joined.deviceId,
        payload: { v: 1, state: 'offline', at: Date.now(), session: 's1' },
      }),
    });
    this.link.subscribe(
      'desired',
      { deviceId: this.id },
      (message) => void this.desired.push(this.open(message)),
    );
    this.link.subscribe('ack', { deviceId: this.id }, (ack) => void this.acks.push(ack));
    this.link.subscribe('command', { deviceId: this.id }, ({ id }) => void this.commands.push(id));
  }

  /** Joins as an agent does: pin, then ask. */
  static async join({
    token: text,
    labels = {},
  }: {
    token: string;
    labels?: Record<string, string>;
  }): Promise<TestDevice> {
    const token = parseJoinToken(text);
    const ca = await fetchPinnedAuthority({ url: token.url, fingerprint: token.fingerprint });
    const { privateKeyPem } = createKeyPair('tls');
    const csr = await createCertificateRequest({ privateKeyPem, commonName: 'new' });
    const answer = await ask({
      url: `${token.url}/v1/join`,
      method: 'POST',
      ca,
      body: JSON.stringify({
        v: 1,
        secret: token.secret,
        csr,
        name: 'box',
        labels,
        agent: AGENT,
        facts: FACTS,
      }),
    });
    if (answer.status !== 200) throw new TypeError(answer.body.toString());
    const joined = JoinResponse.parse(JSON.parse(answer.body.toString()));
    return new TestDevice({
      joined,
      gatewayUrl: token.url,
      identity: { certificatePem: joined.certificate, privateKeyPem },
    });
  }

  /** The same device as after a restart: its identity, and nothing that it heard. */
  anew(): TestDevice {
    return new TestDevice({ joined: this.joined, identity: this.identity, gatewayUrl: this.#gatewayUrl });
  }

  async connect(): Promise<void> {
    this.link.start();
    await this.link.whenConnected();
    await this.link.publish(
      'status',
      { deviceId: this.id },
      { v: 1, state: 'online', at: Date.now(), session: 's1' },
    );
  }

  get(path: string, options: { headers?: Record<string, string>; method?: string } = {}): Promise<Answer> {
    return ask({
      url: `${this.#gatewayUrl}${path}`,
      ca: this.joined.ca,
      identity: this.identity,
      ...options,
    });
  }

  post(path: string, body: object, identity: Identity | undefined = this.identity): Promise<Answer> {
    return ask({
      url: `${this.#gatewayUrl}${path}`,
      method: 'POST',
      ca: this.joined.ca,
      ...(identity === undefined ? {} : { identity }),
      body: JSON.stringify(body),
    });
  }

  /** The document inside, after its signature was verified with the keys pinned at join. */
  open({ envelope }: DesiredMessage): Desired {
    const verdict = verifyDsse({ envelope, keys: this.joined.keys.keys, payloadType: PAYLOAD_TYPES.desired });
    if (!verdict.ok) throw new TypeError(`not signed by a pinned key: ${verdict.reason}`);
    return Desired.parse(JSON.parse(Buffer.from(verdict.payload).toString('utf8')));
  }

  async report(generation: number, services: ReportedService[]): Promise<void> {
    const reported: Reported = {
      v: 1,
      deviceId: this.id,
      generation,
      at: Date.now(),
      agent: AGENT,
      facts: FACTS,
      services,
      failedReleases: [],
      counters: { desiredIgnored: 0, messagesRefused: 0 },
    };
    await this.link.publish('reported', { deviceId: this.id }, reported);
  }

  async sendRows(epoch: string, rows: TelemetryRow[]): Promise<void> {
    await this.link.publish(
      'telemetry',
      { deviceId: this.id },
      { v: 1, deviceId: this.id, epoch, sentAt: Date.now(), sentUptimeMs: 1_000_000, bootId: 'boot-1', rows },
    );
  }
}

/** A row in which one request was served. */
export function row(sequence: number, release: string): TelemetryRow {
  return {
    sequence,
    at: Date.now(),
    intervalMs: 1_000,
    bootId: 'boot-1',
    uptimeMs: 1_000_000,
    health: { cpuShare: 0.5 },
    energy: { joules: 10, method: 'modelled' },
    services: [
      {
        service: 'assistant',
        release,
        variant: release,
        variantName: 'harbor',
        requests: 1,
        errors: 0,
        tokensIn: 10,
        tokensOut: 5,
        tokensCached: 0,
        queuePeak: 0,
        busyMs: 100,
        ttftMs: { count: 1, sum: 20, buckets: {} },
        tokensPerSecond: { count: 1, sum: 50, buckets: {} },
        energy: { joules: 8, method: 'modelled' },
      },
    ],
    dropped: 0,
  };
}

export function ask({
  url,
  ca,
  identity,
  body,
  ...options
}: { url: string; ca: string; identity?: Identity; body?: string } & RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        ...options,
        ca,
        agent: false,
        ...(identity === undefined ? {} : { cert: identity.certificatePem, key: identity.privateKeyPem }),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
