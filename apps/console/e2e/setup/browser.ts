import { chromiumPath } from '@flotilla/testkit';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { ControlPlane } from './control-plane.ts';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Debian's browser; it talks to loopback only. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath(), args: ARGS });

export const PHONE = { width: 390, height: 844 } as const;

export interface Visit {
  readonly page: Page;
  /** What went wrong so far: errors on the browser's console, thrown errors, requests that left our origin. */
  faults(): string[];
  close(): Promise<void>;
}

interface VisitOptions extends BrowserContextOptions {
  browser: Browser;
  plane: ControlPlane;
  /** False: a browser that has no session. Default true. */
  signedIn?: boolean;
  /** Whose session it is. Default: the admin's token. */
  token?: string;
  /** Errors on the browser's console that the test itself brings about. */
  expected?: RegExp;
}

/** A browser window of its own, signed in as the admin, that notes everything which must not happen. */
export async function visit({
  browser,
  plane,
  signedIn = true,
  token = plane.adminToken,
  expected = /(?!)/,
  ...options
}: VisitOptions): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: plane.url,
    locale: 'en-GB',
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  context.setDefaultTimeout(30_000);
  if (signedIn) await context.request.post('/v1/session', { data: { token } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    // The browser itself notes every refusal of the API; what the page makes of it is what tests look at.
    const known = / status of (401|404) /.test(message.text()) || expected.test(message.text());
    if (message.type() === 'error' && !known) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`thrown: ${error.message}`));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${plane.url}/`) && !url.startsWith('data:')) faults.push(`left the origin: ${url}`);
  });
  return { page, faults: () => [...faults], close: () => context.close() };
}
