/** Addresses that mean every interface: one listens there, but cannot always connect there. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' };

/**
 * How apps on the box reach the address the box API listens on. Undefined for what no URL can hold, such as an IPv6
 * address with its zone: a report must not be refused for it.
 */
export function urlOnBox(listens: string): string | undefined {
  if (!URL.canParse(listens)) return undefined;
  const url = new URL(listens);
  url.hostname = EVERY_INTERFACE[url.hostname] ?? url.hostname;
  return url.origin;
}
