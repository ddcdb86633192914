import type { CreateJoinTokenRequest, JoinRequest, JoinTokenView } from '@flotilla/contracts';
import { FlotillaError, Labels } from '@flotilla/contracts';
import { silenceMs } from './device-state.ts';
import { pageLimit, toPage } from './page.ts';
import type { PageRequest } from './ports.ts';
import type { RegistryDeps } from './create-registry.ts';
import type { JoinResult, Registry } from './registry.ts';
import type { DeviceRow, JoinTokenRow } from './registry-store.ts';

type Joining = Pick<
  Registry,
  'createJoinToken' | 'listJoinTokens' | 'revokeJoinToken' | 'join' | 'renewCertificate'
>;

/** How a device becomes one of ours, and stays one. */
export function joinDevices({ store, secrets, certificates, newId, clock, events }: RegistryDeps): Joining {
  async function issueFor(device: DeviceRow, csrPem: string): Promise<string> {
    const issued = await certificates.issue({ csrPem, deviceId: device.id });
    await store.changeDevice(device.id, () => ({
      certificate: { serial: issued.serial, notAfter: issued.notAfter },
    }));
    return issued.certificate;
  }

  return {
    async createJoinToken(request: CreateJoinTokenRequest, by: string) {
      const secret = secrets.newSecret();
      const now = clock.now();
      const row: JoinTokenRow = {
        id: newId(),
        secretHash: secrets.hash(secret),
        createdAt: now,
        createdBy: by,
        expiresAt: now + request.expiresInMs,
        uses: 0,
        maxUses: request.maxUses,
        labels: request.labels,
      };
      await store.addJoinToken(row);
      return { secret, view: tokenView(row) };
    },

    async listJoinTokens(page: PageRequest = {}) {
      const limit = pageLimit(page.limit);
      const rows = await store.listJoinTokens({ before: page.cursor, limit: limit + 1 });
      return toPage({ items: rows.map(tokenView), limit, cursorOf: (view) => view.id });
    },

    async revokeJoinToken(id) {
      if (!(await store.revokeJoinToken(id, clock.now()))) {
        throw new FlotillaError('not-found', `There is no join token ${id}.`, { details: { about: id } });
      }
    },

    async join(request: JoinRequest): Promise<JoinResult> {
      const token = await store.findJoinToken(secrets.hash(request.secret));
      if (token === undefined || token.revokedAt !== undefined) throw refusal('unknown');
      const labels = Labels.safeParse({ ...request.labels, ...token.labels });
      if (!labels.success) {
        throw new FlotillaError(
          'invalid-input',
          'The labels of the token and of the device are too many together.',
          {
            details: { field: 'labels', fix: 'Join with fewer labels.' },
          },
        );
      }
      const { keyFingerprint } = await certificates.readRequest(request.csr);
      const now = clock.now();
      const id = newId();
      const outcome = await store.join({
        now,
        device: {
          id,
          name: request.name ?? request.facts?.hostname ?? id,
          labels: labels.data,
          joinedAt: now,
          joinTokenId: token.id,
          keyFingerprint,
          facts: request.facts,
          agent: request.agent,
          lastSeenAt: now,
          silentAt: now + silenceMs({}),
        },
      });
      if (outcome.kind !== 'joined' && outcome.kind !== 'again') throw refusal(outcome.kind);
      const { device } = outcome;
      refuseRevoked(device);
      const certificate = await issueFor(device, request.csr);
      if (outcome.kind === 'joined') {
        await events.append({ kind: 'device-joined', deviceId: device.id, text: `${device.name} joined.` });
      }
      return { deviceId: device.id, certificate, ca: certificates.caCertificate() };
    },

    async renewCertificate(deviceId, csrPem) {
      const device = await store.findDevice(deviceId);
      if (device === undefined) {
        throw new FlotillaError('not-found', `There is no device ${deviceId}.`, {
          details: { about: deviceId },
        });
      }
      refuseRevoked(device);
      await certificates.readRequest(csrPem);
      return { certificate: await issueFor(device, csrPem), ca: certificates.caCertificate() };
    },
  };
}

function refuseRevoked(device: DeviceRow): void {
  if (device.revokedAt === undefined) return;
  throw new FlotillaError('device-revoked', `Device ${device.id} was revoked.`, {
    details: { about: device.id, fix: 'Join it again with a new key and a new token.' },
  });
}

function refusal(kind: 'unknown' | 'expired' | 'used-up'): FlotillaError {
  const fix = 'Ask for a new join token.';
  switch (kind) {
    case 'unknown':
      return new FlotillaError('join-token-invalid', 'No such join token, or it was revoked.', {
        details: { fix },
      });
    case 'expired':
      return new FlotillaError('join-token-expired', 'The join token has expired.', { details: { fix } });
    case 'used-up':
      return new FlotillaError(
        'join-token-used-up',
        'The join token was used as often as it may be; nobody may join with it any more.',
        { details: { fix } },
      );
  }
}

function tokenView(row: JoinTokenRow): JoinTokenView {
  const { id, createdAt, createdBy, expiresAt, uses, maxUses, labels } = row;
  return { id, createdAt, createdBy, expiresAt, uses, maxUses, labels };
}
