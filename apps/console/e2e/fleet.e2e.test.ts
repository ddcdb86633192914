import { waitFor } from '@flotilla/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, startAgent } from './setup/agent.ts';
import { audit } from './setup/audit.ts';
import { launchBrowser, PHONE, visit, type Visit } from './setup/browser.ts';
import { type ControlPlane, startControlPlane } from './setup/control-plane.ts';
import { tabTo, focused } from './setup/keyboard.ts';
import { noteEvents, notedEvents, onlyLive } from './setup/live-stream.ts';
import { open, settled, sidewaysScroll } from './setup/settled.ts';
import { withoutChromium } from './setup/without-chromium.ts';

const NAME = 'till-01';

/** One control plane, one agent, one story: each test finds what the ones before it did. */
describe.skipIf(withoutChromium)('the console of a fleet', () => {
  let plane: ControlPlane;
  let agent: Agent;
  let browser: Browser;
  let deviceId: string;
  let rolloutId: string;
  let seen: Visit;

  beforeAll(async () => {
    plane = await startControlPlane();
    browser = await launchBrowser();
    const made = await (await plane.api['join-tokens'].$post({ json: {} })).json();
    agent = await startAgent({ token: made.token, name: NAME, labels: ['site=lisbon'] });
    deviceId = await waitFor(
      async () => {
        const { items } = await (await plane.api.devices.$get({ query: {} })).json();
        return items.find((device) => device.online)?.id;
      },
      { what: 'the device is online', deadlineMs: 90_000, everyMs: 200 },
    );
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    await agent?.stop();
    await plane?.stop();
  });
  afterEach(async () => {
    const faults = seen.faults();
    await seen.close();
    expect(faults).toEqual([]);
  });

  const visited = async (options: Partial<Parameters<typeof visit>[0]> = {}) => {
    seen = await visit({ browser, plane, ...options });
    return seen.page;
  };

  it('plans a rollout, starts it and follows it to its end without asking again', async () => {
    const page = await visited();
    await onlyLive(page.context());
    await open(page, '/releases', 'Releases');
    await page.getByRole('link', { name: 'Roll out assistant@1' }).click();
    await page.getByRole('heading', { level: 1, name: 'Start a rollout' }).waitFor();
    await page.getByRole('button', { name: 'Show the plan' }).click();
    const plan = page.getByRole('table', { name: 'Plan' });
    await plan.getByRole('link', { name: NAME }).waitFor();
    expect(await plan.textContent()).toMatch(/harbor-.*tokens\/s/);
    await page.getByRole('button', { name: 'Start the rollout' }).click();
    await page.getByRole('heading', { level: 1, name: 'assistant@1 → all devices' }).waitFor();
    await page.evaluate(() => Object.assign(window, { sameDocument: true }));
    rolloutId = new URL(page.url()).pathname.split('/').at(-1) ?? '';

    await page.getByText('1 of 1 device done').waitFor({ timeout: 180_000 });
    await page.getByText('completed', { exact: true }).waitFor();
    await page.getByRole('list', { name: 'Decisions' }).getByText('Every batch passed.').waitFor();
    const row = page.getByRole('table', { name: 'Devices of this rollout' });
    await row.getByText('succeeded').waitFor();
    expect(await row.textContent()).toContain(NAME);
    expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
  }, 240_000);

  it('counts what the boxes answer, on the overview, as it comes in', async () => {
    const page = await visited();
    await onlyLive(page.context());
    await open(page, '/', 'Overview');
    await page.getByRole('link', { name: '1 ready' }).waitFor();
    await page.getByRole('main').getByText('assistant@1 → all devices').waitFor();
    const requests = page.locator('dl > div', { hasText: 'Requests' });
    for (let count = 0; count < 3; count += 1) await agent.ask('lock the front door');
    await requests.getByText('3', { exact: true }).waitFor({ timeout: 60_000 });
    expect(await page.getByRole('list', { name: 'Events' }).textContent()).not.toContain('measurements');
  });

  it('shows of a device its hardware, its variant and why, what is wanted and how it does', async () => {
    const page = await visited();
    const device = await (await plane.api.devices[':deviceId'].$get({ param: { deviceId } })).json();
    await open(page, `/devices/${deviceId}`, NAME);
    const main = page.getByRole('main');
    const section = (name: string) => main.getByRole('region', { name, exact: true });

    await section('Hardware')
      .getByText(device.facts?.cpu.model ?? 'no facts')
      .waitFor();
    const why = device.reported[0]?.resolution?.candidates[0];
    await section('assistant@1')
      .getByText(why?.reason ?? 'no reason')
      .waitFor();
    await section('assistant@1').getByText('chosen').waitFor();
    await section('Desired against reported').getByText('assistant@1 serves.').waitFor();
    await section('Health and use').locator('.recharts-bar-rectangle path').first().waitFor();
    await section('Health and use').getByText('1 day').click();
    await section('Health and use').locator('.recharts-bar-rectangle path').first().waitFor();
    await section('Events').getByText(`${NAME} joined.`).waitFor();
    expect(await section('Try it on the box').textContent()).toContain(`curl ${agent.url}/v1/`);
    expect(await page.title()).toBe(`${NAME} · Flotilla`);
  });

  it('changes labels, and says what is wrong with them before they are sent', async () => {
    const page = await visited();
    await open(page, `/devices/${deviceId}`, NAME);
    const labels = page.getByRole('textbox', { name: 'Labels' });
    expect(await labels.inputValue()).toBe('site=lisbon');
    await labels.fill('site=lisbon, Floor=2');
    await page.getByText('`Floor` must be 1 to 63 lower-case letters').waitFor();
    expect(await page.getByRole('button', { name: 'Save labels' }).isDisabled()).toBe(true);
    await labels.fill('site=lisbon, floor=2');
    await page.getByRole('button', { name: 'Save labels' }).click();
    const saved = await waitFor(
      async () => {
        const now = await (await plane.api.devices[':deviceId'].$get({ param: { deviceId } })).json();
        return now.labels['floor'] !== undefined && now.labels;
      },
      { what: 'the labels are saved' },
    );
    expect(saved).toEqual({ site: 'lisbon', floor: '2' });
  });

  it('finds devices by a selector, which is in the address, and says what a bad one lacks', async () => {
    const page = await visited();
    await open(page, '/devices', 'Devices');
    const selector = page.getByRole('textbox', { name: 'Selector' });
    await selector.fill('site=lisbon AND floor=2');
    await page.waitForURL((url) => url.searchParams.get('selector') === 'site=lisbon AND floor=2');
    await page.getByRole('link', { name: NAME }).waitFor();
    await selector.fill('site=porto');
    await page.getByText('No device matches').waitFor();
    await selector.fill('site');
    await page.getByText('“site” is not “key=value”').waitFor();
    expect(await selector.getAttribute('aria-invalid')).toBe('true');

    await open(page, '/devices?selector=floor%3D2&state=ready', 'Devices');
    await page.getByRole('link', { name: NAME }).waitFor();
    await open(page, '/devices?state=offline', 'Devices');
    await page.getByText('No device matches').waitFor();
  });

  it('lists models with their variants, and releases with their candidates', async () => {
    const page = await visited();
    await open(page, '/models', 'Models');
    const { items } = await (await plane.api.models.$get({ query: {} })).json();
    expect(items.length).toBeGreaterThan(0);
    for (const model of items) {
      const shown = page.getByRole('table', { name: `Variants of ${model.title}`, exact: true });
      await shown.getByText('Q8_0', { exact: true }).waitFor();
      expect(await shown.textContent()).toContain(model.variants[0]?.name);
    }
    await open(page, '/releases', 'Releases');
    await page.getByRole('heading', { level: 2, name: /assistant@1/ }).waitFor();
    await page.getByText('Candidates, preferred first').waitFor();
    for (const address of ['/releases/assistant@1', '/releases/assistant%401', '/releases/assistant']) {
      await open(page, address, 'assistant@1');
      await page.getByText('Candidates, preferred first').waitFor();
    }
    await open(page, '/rollouts', 'Rollouts');
    await page.getByRole('link', { name: 'assistant@1 → all devices' }).waitFor();
  });

  it('prices energy and hardware, and says which figures are modelled', async () => {
    const page = await visited();
    await open(page, '/cost', 'Cost');
    await page.getByText('that part counts as zero').waitFor();
    const yesterday = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
    const energy = page.getByRole('region', { name: 'Energy price' });
    await energy.getByLabel('EUR per kWh').fill('0.24');
    await energy.getByLabel('From').fill(yesterday);
    await energy.getByRole('button', { name: 'Set price' }).click();
    await energy.getByText('Saved.').waitFor();
    const hardware = page.getByRole('region', { name: 'Hardware price' });
    await hardware.getByLabel('EUR per device').fill('280');
    await hardware.getByLabel('From').fill(yesterday);
    await hardware.getByRole('button', { name: 'Set price' }).click();
    await hardware.getByText('Saved.').waitFor();
    const total = page.getByRole('row', { name: /^Total/ });
    await total
      .getByText(/€0\.00\d*[1-9]/)
      .first()
      .waitFor();
    expect(await total.locator('em').count()).toBeGreaterThan(0);
    await page.getByText('Service', { exact: true }).click();
    await page.getByRole('cell', { name: 'assistant', exact: true }).waitFor();
  });

  it('is used by keyboard alone: over the navigation, into a device, to a saved label', async () => {
    const page = await visited();
    await open(page, '/', 'Overview');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toEqual({ text: 'Skip to content', visible: true });
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect((await tabTo(page, 'Add a device')).visible).toBe(true);

    await open(page, '/', 'Overview');
    expect((await tabTo(page, 'Devices')).visible).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor();
    await settled(page);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');
    expect((await tabTo(page, NAME)).visible).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    await settled(page);
    expect((await tabTo(page, 'Labels')).visible).toBe(true);
    await page.keyboard.press('End');
    await page.keyboard.type(', floor2=x');
    await page.keyboard.press('Enter');
    await waitFor(
      async () => {
        const now = await (await plane.api.devices[':deviceId'].$get({ param: { deviceId } })).json();
        return now.labels['floor2'] === 'x';
      },
      { what: 'the label is saved by Enter' },
    );
  });

  const PAGES = [
    ['overview', () => '/', 'Overview'],
    ['devices', () => '/devices', 'Devices'],
    ['a device', () => `/devices/${deviceId}`, NAME],
    ['joining', () => '/devices/join', 'Add a device'],
    ['models', () => '/models', 'Models'],
    ['releases', () => '/releases', 'Releases'],
    ['rollouts', () => '/rollouts', 'Rollouts'],
    ['a rollout', () => `/rollouts/${rolloutId}`, 'assistant@1 → all devices'],
    ['a new rollout', () => '/rollouts/new?release=assistant%401', 'Start a rollout'],
    ['cost', () => '/cost', 'Cost'],
  ] as const;

  it.each([
    ['light', undefined],
    ['dark', undefined],
    ['light', PHONE],
  ] as const)(
    'is readable to everyone, %s, viewport %j',
    async (colorScheme, viewport) => {
      const page = await visited({ colorScheme, ...(viewport === undefined ? {} : { viewport }) });
      const found: string[] = [];
      for (const [name, path, heading] of PAGES) {
        await open(page, path(), heading);
        found.push(...(await audit(page)).map((line) => `${name}: ${line}`));
        const sideways = await sidewaysScroll(page);
        if (sideways > 0) found.push(`${name}: scrolls sideways by ${sideways} px`);
      }
      expect(found).toEqual([]);
    },
    300_000,
  );

  it('opens the navigation on a phone and closes it behind a page that was chosen', async () => {
    const page = await visited({ viewport: PHONE });
    await open(page, '/', 'Overview');
    const models = page.getByRole('navigation').getByRole('link', { name: 'Models' });
    expect(await models.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Navigation' }).click();
    await models.click();
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor();
    await models.waitFor({ state: 'hidden' });
  });

  it('changes its colours and keeps them', async () => {
    const page = await visited({ colorScheme: 'light' });
    await open(page, '/', 'Overview');
    await page.getByRole('button', { name: 'Use dark colours' }).click();
    await open(page, '/models', 'Models');
    await page.getByRole('button', { name: 'Use light colours' }).waitFor();
  });

  it('misses nothing when the control plane was restarted', async () => {
    const page = await visited({ expected: /net::ERR_/ });
    await onlyLive(page.context());
    await noteEvents(page.context());
    await open(page, `/devices/${deviceId}`, NAME);
    const connection = page.getByRole('status', { name: 'Connection' });
    await connection.getByText('live').waitFor();

    await plane.restart(async () => {
      await connection.getByText('reconnecting').waitFor();
    });
    // These happen while the browser still waits to connect again, or right after: it must have them either way.
    for (const floor of ['3', '4', '5']) {
      await plane.api.devices[':deviceId'].$patch({
        param: { deviceId },
        json: { labels: { site: 'lisbon', floor } },
      });
    }
    await waitFor(
      async () => (await page.getByRole('textbox', { name: 'Labels' }).inputValue()).endsWith('floor=5'),
      { what: 'the page shows the last label', deadlineMs: 60_000, everyMs: 100 },
    );
    await connection.getByText('live').waitFor();

    const noted = await notedEvents(page);
    const first = noted.find(({ kind }) => kind === 'ready')?.id ?? 0;
    const got = noted.filter(({ kind }) => kind !== 'ready').map(({ kind, id }) => `${id} ${kind}`);
    const last = Math.max(...noted.map(({ id }) => id));
    const { items } = await (await plane.api.events.$get({ query: { limit: '500' } })).json();
    const happened = items
      .filter(({ id }) => id > first && id <= last)
      .map(({ id, kind }) => `${id} ${kind}`)
      .toReversed();
    expect(got).toEqual(happened);
    expect(happened.filter((line) => line.endsWith('device-changed')).length).toBeGreaterThanOrEqual(3);
  });
});
