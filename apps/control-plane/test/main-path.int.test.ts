import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Manifest, PAYLOAD_TYPES, Release, SignedRelease } from '@flotilla/contracts';
import { tempFolder, waitFor, type TempFolder } from '@flotilla/testkit';
import { verifyDsse } from '@flotilla/platform-pki';
import { starterModels } from '@flotilla/starter-models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPlane, type PlaneProcess } from './plane-process.ts';
import { row, TestDevice } from './test-device.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('from an empty data folder to a served release', () => {
  let folder: TempFolder;
  let plane: PlaneProcess;
  let device: TestDevice;

  beforeAll(async () => {
    folder = await tempFolder({ name: 'plane' });
    plane = await startPlane({ data: folder.file('data') });
    const created = await plane.client.api.v1['join-tokens'].$post({ json: { labels: { site: 'lab' } } });
    device = await TestDevice.join({ token: (await created.json()).token });
    await device.connect();
  });
  afterAll(async () => {
    await device.link.stop();
    await plane.child.stop();
    await folder.remove();
  });

  const detail = async () =>
    (await plane.client.api.v1.devices[':deviceId'].$get({ param: { deviceId: device.id } })).json();

  it('shows the device online with the labels of its token', async () => {
    const seen = await waitFor(async () => ((await detail()).online ? detail() : undefined), {
      what: 'it is online',
    });
    expect(seen).toMatchObject({ labels: { site: 'lab' }, state: 'idle', agentVersion: '0.1.0' });
  });

  it('rolls the starter release out: signed, fetched by digest, verified, reported', async () => {
    const started = await plane.client.api.v1.rollouts.$post({
      json: { release: 'assistant@1', selector: 'site=lab' },
    });
    const rollout = await started.json();
    const wanted = await waitFor(() => device.desired.find(({ services }) => services.length > 0), {
      what: 'the desired document arrives',
    });
    const digest = wanted.services[0]?.release ?? '';
    expect(wanted).toMatchObject({ deviceId: device.id, services: [{ service: 'assistant', revision: 1 }] });

    const signed = SignedRelease.parse(
      JSON.parse((await device.get(`/v1/releases/${digest}`)).body.toString()),
    );
    const verdict = verifyDsse({
      envelope: signed.envelope,
      keys: device.joined.keys.keys,
      payloadType: PAYLOAD_TYPES.release,
    });
    if (!verdict.ok) throw new TypeError(verdict.reason);
    expect(sha256(verdict.payload)).toBe(digest);
    const release = Release.parse(JSON.parse(Buffer.from(verdict.payload).toString('utf8')));
    const candidate = release.candidates.at(-1);
    if (candidate === undefined) throw new TypeError('no candidate');

    const manifestBytes = (await device.get(`/v1/manifests/${candidate.manifestDigest}`)).body;
    expect(sha256(manifestBytes)).toBe(candidate.manifestDigest);
    const manifest = Manifest.parse(JSON.parse(manifestBytes.toString('utf8')));
    const chunk = await device.get(`/v1/blobs/${candidate.digest}`, {
      headers: { range: `bytes=0-${Math.min(manifest.chunkBytes, manifest.bytes) - 1}` },
    });
    expect(chunk.status).toBe(206);
    expect(sha256(chunk.body)).toBe(manifest.chunks[0]);
    const whole = await device.get(`/v1/blobs/${candidate.digest}`);
    expect([whole.status, sha256(whole.body)]).toEqual([200, candidate.digest]);

    await device.report(wanted.generation, [
      {
        service: 'assistant',
        state: 'serving',
        release: digest,
        revision: 1,
        variant: { digest: candidate.digest, name: candidate.variant, quantization: candidate.quantization },
      },
    ]);
    await waitFor(
      async () => {
        const now = await plane.client.api.v1.rollouts[':rolloutId'].$get({
          param: { rolloutId: rollout.id },
        });
        return (await now.json()).state === 'completed';
      },
      { what: 'the rollout is completed' },
    );
    const seen = await detail();
    expect(seen.state).toBe('ready');
    expect(seen.difference.every(({ reached }) => reached)).toBe(true);
  });

  it('takes telemetry once, acknowledges it, and shows it', async () => {
    const digest = 'ab'.repeat(32);
    await device.sendRows('epoch-1', [row(1, digest), row(2, digest)]);
    await waitFor(() => device.acks.some(({ epoch, upTo }) => epoch === 'epoch-1' && upTo === 2), {
      what: 'the ack comes',
    });
    await device.sendRows('epoch-1', [row(1, digest), row(2, digest), row(3, digest)]);
    await waitFor(() => device.acks.some(({ upTo }) => upTo === 3), { what: 'the second ack comes' });
    const overview = await (await plane.client.api.v1.overview.$get()).json();
    expect(overview.lastDay).toMatchObject({ requests: 3, tokensIn: 30, tokensOut: 15 });
  });

  it('sends a command to the device and refuses one for a device that is away', async () => {
    const sent = await plane.client.api.v1.devices[':deviceId'].commands.$post({
      param: { deviceId: device.id },
      json: { kind: 'report' },
    });
    const { id } = await sent.json();
    await waitFor(() => device.commands.includes(id), { what: 'the command arrives' });
  });

  it('answers ranges, conditions and heads of blobs', async () => {
    const models = await (await plane.client.api.v1.models.$get({ query: {} })).json();
    const variant = models.items[0]?.variants[0];
    const path = `/v1/blobs/${variant?.digest}`;
    const head = await device.get(path, { method: 'HEAD' });
    expect(head).toMatchObject({
      status: 200,
      headers: {
        'content-length': String(variant?.bytes),
        'accept-ranges': 'bytes',
        etag: `"${variant?.digest}"`,
      },
    });
    const held = await device.get(path, { headers: { 'if-none-match': `"${variant?.digest}"` } });
    expect(held.status).toBe(304);
    const beyond = await device.get(path, { headers: { range: `bytes=${variant?.bytes}-` } });
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${variant?.bytes}`]);
    const stale = await device.get(path, { headers: { range: 'bytes=0-9', 'if-range': '"other"' } });
    expect([stale.status, stale.body.length]).toEqual([200, variant?.bytes]);
    expect((await device.get(`/v1/blobs/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await device.get('/v1/blobs/..%2F..%2Fadmin-token')).status).toBe(400);
  });

  it('imports a GGUF file as a stream, once, and serves it to devices', async () => {
    const [starter] = starterModels();
    if (starter === undefined) throw new TypeError('no starter model');
    // Padding behind the last tensor makes it another file and leaves it a sound one.
    const bytes = Buffer.concat([await readFile(starter.path), Buffer.alloc(32)]);
    const put = async (variant: string) => {
      const announced = await plane.client.api.v1.imports.$post({
        json: { modelId: 'mine', variant, sha256: sha256(bytes) },
      });
      return plane.client.putImportFile({
        importId: (await announced.json()).id,
        body: new Blob([bytes]).stream(),
      });
    };
    const { variant, isNew } = await put('mine-f16');
    expect(isNew).toBe(true);
    expect(variant).toMatchObject({ name: 'mine-f16', digest: sha256(bytes), bytes: bytes.length });
    expect(await put('mine-f16')).toEqual({ variant, isNew: false });
    const model = await plane.client.api.v1.models[':modelId'].$get({ param: { modelId: 'mine' } });
    expect((await model.json()).origin).toBe('imported');
    const whole = await device.get(`/v1/blobs/${variant.digest}`);
    expect(sha256(whole.body)).toBe(variant.digest);
  });

  it('cuts a revoked device off at once, on both lines', async () => {
    const created = await plane.client.api.v1['join-tokens'].$post({ json: {} });
    const other = await TestDevice.join({ token: (await created.json()).token });
    await other.connect();
    const ended = new Promise<void>((resolve) => other.link.events.on('disconnected', () => resolve()));
    await plane.client.api.v1.devices[':deviceId'].$delete({ param: { deviceId: other.id } });
    await ended;
    await new Promise<void>((resolve) => {
      other.link.events.on('connect-failed', ({ error }) => error.code === 'unauthenticated' && resolve());
    });
    const answer = await other.get('/v1/desired');
    expect([answer.status, JSON.parse(answer.body.toString())]).toMatchObject([
      403,
      { code: 'device-revoked' },
    ]);
    await other.link.stop();
  });
});
