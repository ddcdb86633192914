import { z } from 'zod';
import { Sha256 } from './scalars.ts';

/** What a join token carries: where to ask, whom to trust there, and the right to ask. */
export const JoinToken = z.object({
  gatewayUrl: z.url().max(512),
  caFingerprint: Sha256.describe('SHA-256 of the DER of the control plane CA certificate.'),
  secret: z.string().min(16).max(128),
});
export type JoinToken = z.infer<typeof JoinToken>;

const PREFIX = 'flj1.';
const Wire = z.object({
  g: JoinToken.shape.gatewayUrl,
  f: JoinToken.shape.caFingerprint,
  s: JoinToken.shape.secret,
});

/** `flj1.` and the base64url of a small JSON document: one word that survives a terminal, a chat and a QR code. */
export function formatJoinToken({ gatewayUrl, caFingerprint, secret }: JoinToken): string {
  const json = JSON.stringify({ g: gatewayUrl, f: caFingerprint, s: secret });
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(json)));
  return PREFIX + base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The inverse; undefined for anything that is not a join token. White space around it is ignored. */
export function parseJoinToken(text: string): JoinToken | undefined {
  const word = text.trim();
  if (!word.startsWith(PREFIX) || word.length > 2_048) return undefined;
  try {
    const binary = atob(word.slice(PREFIX.length).replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const wire = Wire.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return { gatewayUrl: wire.g, caFingerprint: wire.f, secret: wire.s };
  } catch {
    return undefined;
  }
}
