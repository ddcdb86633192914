import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser, visit, type Visit } from './setup/browser.ts';
import { type ControlPlane, startControlPlane } from './setup/control-plane.ts';
import { open } from './setup/settled.ts';
import { withoutChromium } from './setup/without-chromium.ts';

describe.skipIf(withoutChromium)('the console of an empty control plane', () => {
  let plane: ControlPlane;
  let browser: Browser;
  let seen: Visit;

  beforeAll(async () => {
    plane = await startControlPlane({ starterModels: false });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await plane?.stop();
  });
  afterEach(async () => {
    const faults = seen.faults();
    await seen.close();
    expect(faults).toEqual([]);
  });

  const signedOut = async () => {
    seen = await visit({ browser, plane, signedIn: false });
    return seen.page;
  };
  const signedIn = async () => {
    seen = await visit({ browser, plane });
    return seen.page;
  };

  it('asks who is there, and shows the page that was asked for after the token', async () => {
    const page = await signedOut();
    await open(page, '/devices', 'Sign in to Flotilla');
    expect(await page.title()).toBe('Sign in · Flotilla');
    await page.getByLabel('Access token').fill(plane.adminToken);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/devices');
    expect(await page.title()).toBe('Devices · Flotilla');
  });

  it('says that a wrong token is none, and where the right one is', async () => {
    const page = await signedOut();
    await open(page, '/', 'Sign in to Flotilla');
    await page.getByLabel('Access token').fill('not-a-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('not an access token').waitFor();
    expect(await alert.textContent()).toContain('admin-token');
  });

  it('signs in once by a link', async () => {
    const page = await signedOut();
    const { path } = await (await plane.api['sign-in-links'].$post()).json();
    await open(page, path, 'Overview');
    await page.context().clearCookies();
    // The page it shows then says what happened, what to do, and takes a token in the place of the link.
    await open(page, path, 'Sign in to Flotilla');
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toMatch(/no longer works.*flotilla-control-plane sign-in-link/s);
    await page.getByLabel('Access token').fill(plane.adminToken);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
  });

  it('leads back to the sign-in page when the session ends, also while a page is open', async () => {
    const page = await signedIn();
    await open(page, '/', 'Overview');
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Flotilla' }).waitFor();
    await open(page, '/cost', 'Sign in to Flotilla');
  });

  it.each([
    ['/', 'Overview', 'No device has joined yet', 'flotilla join-tokens create'],
    ['/devices', 'Devices', 'No device has joined yet', 'Create a join token'],
    ['/models', 'Models', 'The catalogue is empty', 'flotilla models import'],
    ['/releases', 'Releases', 'There is no release yet', 'flotilla releases create'],
    ['/rollouts', 'Rollouts', 'No rollout yet', 'flotilla rollouts start'],
    ['/no-such-page', 'Not found', 'There is no such page', 'overview'],
  ])('says on %s what to do next', async (path, heading, what, next) => {
    const page = await signedIn();
    await open(page, path, heading);
    const main = page.getByRole('main');
    await main.getByText(what).waitFor();
    expect(await main.textContent()).toContain(next);
  });

  it('says that there is no such device instead of an empty page', async () => {
    const page = await signedIn();
    await open(page, '/devices/none', 'Device');
    await page.getByRole('alert').waitFor();
  });

  it('shows a viewer what may not be done, with the reason, and no form for it', async () => {
    const made = await plane.api['access-tokens'].$post({ json: { name: 'guest', role: 'viewer' } });
    seen = await visit({ browser, plane, token: (await made.json()).token });
    const { page } = seen;
    await open(page, '/', 'Overview');
    const add = page.getByRole('button', { name: 'Add a device' });
    expect(await add.getAttribute('aria-disabled')).toBe('true');
    expect(await add.getAttribute('aria-description')).toContain('Only an admin');
    await add.focus();
    await page.getByRole('tooltip').getByText('you are signed in as viewer').waitFor();
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).pathname).toBe('/');
    for (const [path, heading, absent] of [
      ['/devices/join', 'Add a device', 'Create the token'],
      ['/rollouts/new', 'Start a rollout', 'Show the plan'],
      ['/cost', 'Cost', 'Set price'],
    ] as const) {
      await open(page, path, heading);
      await page.getByText('you are signed in as viewer').first().waitFor();
      expect(await page.getByRole('button', { name: absent }).count()).toBe(0);
    }
  });

  it('makes a join token and shows the command that uses it, once', async () => {
    const page = await signedIn();
    await open(page, '/devices/join', 'Add a device');
    await page.getByLabel('How many devices may use it').fill('3');
    await page.getByRole('button', { name: 'Create the token' }).click();
    const command = page.getByText(/^flotilla-agent join /);
    await command.waitFor();
    expect(await command.textContent()).toMatch(/^flotilla-agent join \S{40,}$/);
    await page.getByText('0 of 3').waitFor();
    await open(page, '/devices/join', 'Add a device');
    await page.getByText('0 of 3').waitFor();
    expect(await command.count()).toBe(0);
  });
});
