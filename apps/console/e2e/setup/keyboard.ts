import { FlotillaError } from '@flotilla/contracts';
import type { Page } from 'playwright-core';

export interface Focused {
  text: string;
  /** Whether people see where they are: an outline or a shadow around the element. */
  visible: boolean;
}

/** What has the focus now. */
export const focused = (page: Page): Promise<Focused> =>
  page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const outlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0;
    return {
      text: (element.getAttribute('aria-label') ?? element.textContent ?? '').trim(),
      visible: (outlined || boxShadow !== 'none') && box.bottom > 0 && box.width > 0,
    };
  });

/** Presses Tab until the element with this text has the focus; throws when it does not come within sixty steps. */
export async function tabTo(page: Page, text: string): Promise<Focused> {
  const passed: string[] = [];
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const now = await focused(page);
    if (now.text === text) return now;
    passed.push(now.text.slice(0, 40));
  }
  throw new FlotillaError('not-found', `Tab does not lead to "${text}", only to: ${passed.join(' | ')}`);
}
