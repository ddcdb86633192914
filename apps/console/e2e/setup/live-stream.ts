import { FleetEvent } from '@flotilla/contracts';
import type { BrowserContext, Page } from 'playwright-core';

const KINDS = [...FleetEvent.shape.kind.options, 'ready', 'reload'];

/** Takes the console's regular asking away, so that what changes on a page came by the event stream. */
export const onlyLive = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript(() => {
    const real = window.setInterval.bind(window);
    Object.assign(window, {
      setInterval: (run: () => void, ms?: number) => ((ms ?? 0) >= 30_000 ? 0 : real(run, ms)),
    });
  });

/** Notes every event that the page's streams receive, as `kind id`. */
export const noteEvents = (context: BrowserContext): Promise<unknown> =>
  context.addInitScript((kinds) => {
    const noted: string[] = [];
    class NotingEventSource extends EventSource {
      constructor(url: string | URL, init?: EventSourceInit) {
        super(url, init);
        for (const kind of kinds)
          this.addEventListener(kind, (event: MessageEvent) => noted.push(`${kind} ${event.lastEventId}`));
      }
    }
    Object.assign(window, { EventSource: NotingEventSource, notedEvents: noted });
  }, KINDS);

export interface NotedEvent {
  kind: string;
  id: number;
}

export async function notedEvents(page: Page): Promise<NotedEvent[]> {
  const noted = await page.evaluate(() => (window as unknown as { notedEvents: string[] }).notedEvents);
  return noted.map((line) => {
    const [kind = '', id = ''] = line.split(' ');
    return { kind, id: Number(id) };
  });
}
