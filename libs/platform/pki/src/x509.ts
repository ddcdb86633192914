import type * as x509 from '@peculiar/x509';

export type { x509 };

/**
 * The library that writes certificates, read when the first one is written: an agent writes a request in two months,
 * and would hold 8 MB for it from its start.
 */
export async function loadX509(): Promise<typeof x509> {
  // The library's container wants this polyfill before it is loaded.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
