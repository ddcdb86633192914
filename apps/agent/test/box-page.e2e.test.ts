import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromiumPath, tempFolder, type TempFolder } from '@flotilla/testkit';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinAgent, startAgent, type AgentProcess } from './agent-process.ts';
import { freePlanePorts, startPlane, type PlaneProcess } from './plane-process.ts';

/* The page in a real browser, over a real agent that serves what a real control plane gave it. */

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** True where this machine is to be tested without a browser. */
const withoutChromium = (process.env['FLOTILLA_TEST_WITHOUT'] ?? '').split(',').includes('chromium');

let folder: TempFolder;
let plane: PlaneProcess;
let agent: AgentProcess;
let browser: Browser;

describe.skipIf(withoutChromium)('the box page', () => {
  beforeAll(async () => {
    folder = await tempFolder({ name: 'box-page' });
    plane = await startPlane({ folder: folder.file('plane'), ports: await freePlanePorts() });
    await joinAgent({ token: await plane.joinToken(), folder: folder.file('box') });
    agent = await startBoxAgent();
    await plane.release({ candidates: (await plane.variants('Q8_0')).map(({ name }) => name) });
    await plane.rollOut('assistant@2');
    await agent.serves(2);
    browser = await chromium.launch({
      executablePath: chromiumPath(),
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  }, 400_000);
  afterAll(async () => {
    await browser.close();
    await agent.child.stop();
    await plane.child.stop();
    await folder.remove();
  });

  const startBoxAgent = (): Promise<AgentProcess> =>
    startAgent({
      folder: folder.file('box'),
      args: ['--memory-cap', '1GiB'],
      env: { FLOTILLA_LOCAL_MODELS: 'true' },
    });

  /** A window of its own on the page; `faults` is everything that must not happen. */
  async function visit(
    options: BrowserContextOptions = {},
    badge = 'Serving',
  ): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('request', (sent) => {
      if (!sent.url().startsWith(`${agent.url}/`)) faults.push(`left the box: ${sent.url()}`);
    });
    await page.goto(`${agent.url}/`);
    await page.getByText(badge, { exact: true }).waitFor();
    return { page, faults };
  }

  /** Nothing is wider than the window, and axe finds nothing. */
  async function expectFit(page: Page): Promise<void> {
    expect(
      await page.evaluate('document.documentElement.scrollWidth - window.innerWidth'),
    ).toBeLessThanOrEqual(0);
    // Evaluated by the browser's debugger, which the page's own policy does not bind.
    await page.evaluate(await readFile(AXE, 'utf8'));
    const { violations } = await page.evaluate<{
      violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[];
    }>('axe.run({ resultTypes: ["violations"] })');
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary ?? ''}`),
    );
    expect(found).toEqual([]);
  }

  it('says which service serves with which variant and why, and what the box draws', async () => {
    const { page, faults } = await visit();
    const { services } = await agent.status();
    const card = page.locator('article', { hasText: 'assistant' });
    const shown = (await card.textContent()) ?? '';
    expect(shown).toContain(services[0]?.variant?.name);
    expect(shown).toMatch(/Why this one: needs .*may be used/);
    expect(shown).toMatch(/Memory[\d.,]+ [kMG]B/);
    const box = page.locator('#box');
    await box
      .getByText(/Energy so far[\d.,]+ (J|Wh)/)
      .first()
      .waitFor();
    expect(await page.locator('#link').textContent()).toBe('Linked');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('streams an answer to what was typed, with the keyboard alone, and shows its speed once there is one', async () => {
    const { page, faults } = await visit();
    await page.locator('#chat-service option').waitFor({ state: 'attached' });
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the chat');
    await page.keyboard.press('Enter');
    await page.keyboard.type('Lock the back door');
    await page.keyboard.press('Enter');
    await page.locator('.said small', { hasText: /tokens in/ }).waitFor();
    expect(await page.locator('.said').allTextContents()).toEqual([
      'Lock the back door',
      expect.stringMatching(/\S.*\d+ tokens in [\d.,]+ s$/s) as string,
    ]);
    expect(await page.evaluate('document.activeElement?.id')).toBe('chat-text');
    await page.locator('dt', { hasText: 'Speed' }).waitFor();
    await page.getByRole('button', { name: 'Start over' }).click();
    expect(await page.locator('.said').count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows what is typed as text, whatever is in it', async () => {
    const { page, faults } = await visit();
    await page.locator('#chat-service option').waitFor({ state: 'attached' });
    const hostile = '<img src="x" onerror="document.title=\'taken\'"><b>bold</b>';
    await page.locator('#chat-text').fill(hostile);
    await page.locator('#chat-text').press('Enter');
    await page.locator('.said small').waitFor();
    expect(await page.locator('.said.user').textContent()).toBe(hostile);
    expect([await page.title(), await page.locator('#chat-log img, #chat-log b').count()]).toEqual([
      'Flotilla box',
      0,
    ]);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    ['light', 1440],
    ['light', 390],
    ['light', 320],
    ['dark', 1440],
    ['dark', 390],
  ] as const)(
    'is fit for everyone in %s at %i px, and never wider than its window',
    async (scheme, width) => {
      const { page, faults } = await visit({ colorScheme: scheme, viewport: { width, height: 844 } });
      await page.locator('summary').click();
      // As while an answer runs; what is wider than its own form may still fit the window.
      await page.evaluate("document.getElementById('chat-stop').hidden = false");
      const form = await page.locator('#chat-form').boundingBox();
      const send = await page.locator('#chat-send').boundingBox();
      expect((send?.x ?? 0) + (send?.width ?? 0)).toBeLessThanOrEqual(
        (form?.x ?? 0) + (form?.width ?? 0) + 1,
      );
      await expectFit(page);
      expect(faults).toEqual([]);
      await page.context().close();
    },
  );

  it('changes its colours by its own switch, and keeps to them', async () => {
    const { page } = await visit({ colorScheme: 'light' });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await ground()).not.toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Light' }).waitFor();
    expect(await ground()).not.toBe(light);
    await page.context().close();
  });

  it('shows what was made on the box with the memory it takes, and offers it in the chat', async () => {
    const { page, faults } = await visit();
    const copied = await fetch(`${agent.url}/api/copy`, {
      method: 'POST',
      body: JSON.stringify({ source: 'assistant', destination: 'mine' }),
    });
    expect(copied.status).toBe(200);
    const card = page.locator('article', { hasText: 'Made on this box' });
    await card.getByText('mine').waitFor();
    await card.getByText('Loaded when asked').waitFor();
    await card.getByText(/[\d.,]+ kB on disk/).waitFor();
    await card.getByText(/[\d.,]+ MB of memory once loaded/).waitFor();
    await expectFit(page);
    const chat = { model: 'mine', messages: [{ role: 'user', content: 'hi' }], stream: false };
    await (await fetch(`${agent.url}/api/chat`, { method: 'POST', body: JSON.stringify(chat) })).json();
    await card.getByText('Loaded', { exact: true }).waitFor();
    await card.getByText(/[\d.,]+ MB of memory$/).waitFor();
    await page.locator('#chat-service option', { hasText: 'mine' }).waitFor({ state: 'attached' });
    await fetch(`${agent.url}/api/delete`, { method: 'DELETE', body: JSON.stringify({ model: 'mine' }) });
    await card.waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('says so when the agent is gone', async () => {
    const { page } = await visit();
    await page.route('**/flotilla/v1/status', (route) => route.abort());
    await page.getByText('The agent on this box does not answer.').waitFor();
    await page.unroute('**/flotilla/v1/status');
    await page.locator('#problem').waitFor({ state: 'hidden' });
    await page.context().close();
  });

  describe('while the next release is on hold', () => {
    beforeAll(async () => {
      // A rollout that is paused before the box has heard of it.
      await agent.child.stop();
      const candidates = (await plane.variants('Q4_0')).map(({ name }) => name);
      const { release } = await plane.release({ candidates });
      const { id } = (await plane.call('POST', '/v1/rollouts', {
        release: `assistant@${release.revision}`,
        selector: '*',
      })) as { id: string };
      await plane.call('POST', `/v1/rollouts/${id}/pause`);
      agent = await startBoxAgent();
      await agent.until('the new release is on hold', ({ services }) =>
        services.some(({ problem }) => problem?.code === 'held'),
      );
    }, 400_000);

    it.each(['light', 'dark'] as const)(
      'says what waits, who said so, until when and why, in %s',
      async (colorScheme) => {
        const { page, faults } = await visit(
          { colorScheme, viewport: { width: 390, height: 844 } },
          'On hold',
        );
        const card = page.locator('article', { hasText: 'assistant' });
        await card.getByText('Revision 3 is on hold. Revision 2 answers meanwhile.').waitFor();
        expect((await card.locator('.notice').allTextContents()).join('')).toMatch(
          /Bythe control plane.*Untilthe rollout is resumed.*Whyits rollout is paused/,
        );
        await expectFit(page);
        expect(faults).toEqual([]);
        await page.context().close();
      },
    );
  });
});
