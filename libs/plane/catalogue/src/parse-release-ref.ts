import { ServiceName, Sha256 } from '@flotilla/contracts';

/** `assistant@3`, `assistant` (its newest) or a digest; undefined for anything else. */
export function parseReleaseRef(
  ref: string,
): { digest: string } | { service: string; revision?: number } | undefined {
  if (Sha256.safeParse(ref).success) return { digest: ref };
  const match = /^([^@]+)(?:@([1-9]\d{0,8}))?$/.exec(ref);
  const service = match?.[1];
  if (service === undefined || !ServiceName.safeParse(service).success) return undefined;
  return match?.[2] === undefined ? { service } : { service, revision: Number(match[2]) };
}
