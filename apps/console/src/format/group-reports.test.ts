import type { FleetEvent } from '@flotilla/contracts';
import { expect, it } from 'vitest';
import { groupReports } from './group-reports.ts';

/** `r` reported, `j` joined, `m` a model; the letter after it is the device. */
const events = (text: string): FleetEvent[] =>
  text.split(' ').map((word, index) => ({
    id: 100 - index,
    at: 0,
    text: word,
    kind: word.startsWith('r')
      ? 'device-reported'
      : word.startsWith('j')
        ? 'device-joined'
        : 'model-imported',
    ...(word.length > 1 ? { deviceId: word.slice(1) } : {}),
  }));

it.each([
  ['ra ra ra', ['ra+2']],
  ['ra rb ra rb', ['ra+1', 'rb+1']],
  ['ra m ra', ['ra+1', 'm+0']],
  ['ra ja ra ra', ['ra+0', 'ja+0', 'ra+1']],
  ['ja jb m', ['ja+0', 'jb+0', 'm+0']],
])('%s is shown as %s', (given, shown) => {
  expect(groupReports(events(given)).map(({ event, earlier }) => `${event.text}+${earlier.length}`)).toEqual(
    shown,
  );
});
