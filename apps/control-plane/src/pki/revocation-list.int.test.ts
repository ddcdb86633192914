import { readFile } from 'node:fs/promises';
import { createCertificateAuthority } from '@flotilla/platform-pki';
import { fakeClock, tempFolder } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { openRevocationList } from './revocation-list.ts';

describe('the revocation list', () => {
  it('is signed anew when another replica has revoked a device, and twice a day, and else stays the same', async () => {
    await using folder = await tempFolder({ name: 'revocation-list' });
    const clock = fakeClock();
    const revoked: { serial: string; revokedAt: number }[] = [];
    const list = await openRevocationList({
      path: folder.file('crl.pem'),
      ca: await createCertificateAuthority({ now: clock.now() }),
      registry: { revokedCertificates: async () => revoked },
      clock,
    });
    const after = async (ms: number): Promise<string> => {
      await clock.advance(ms);
      await list.refresh();
      expect(await readFile(folder.file('crl.pem'), 'utf8')).toBe(list.current());
      return list.current();
    };
    const first = list.current();
    expect(await after(60_000)).toBe(first);
    revoked.push({ serial: '0a1b', revokedAt: clock.now() });
    const second = await after(60_000);
    expect(second).not.toBe(first);
    expect(await after(11 * 3_600_000)).toBe(second);
    expect(await after(3_600_000)).not.toBe(second);
  });
});
