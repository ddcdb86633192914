import type { ReportedService } from '@flotilla/contracts';
import { describe, expect, it } from 'vitest';
import { createProgressPrinter, progressLine, type ProgressLine } from './progress-lines.ts';

const service = (change: Partial<ReportedService>): ReportedService => ({
  service: 'assistant',
  state: 'changing',
  ...change,
});

describe('progressLine', () => {
  it('says how far a download is', () => {
    const line = progressLine(
      service({
        phase: 'fetching',
        targetRevision: 2,
        progress: { doneBytes: 5, totalBytes: 9, bytesPerSecond: 3 },
      }),
      'http://127.0.0.1:7080/v1',
    );
    expect(line).toEqual({
      event: 'phase',
      service: 'assistant',
      revision: 2,
      phase: 'fetching',
      doneBytes: 5,
      totalBytes: 9,
    });
  });

  it('says where to ask, once it serves', () => {
    const line = progressLine(
      service({
        state: 'serving',
        revision: 2,
        variant: { digest: 'ab'.repeat(32), name: 'harbor-1m-q8_0', quantization: 'Q8_0' },
      }),
      'http://127.0.0.1:7080/v1',
    );
    expect(line).toMatchObject({
      event: 'serving',
      variant: 'harbor-1m-q8_0',
      url: 'http://127.0.0.1:7080/v1',
    });
  });

  it('says why not', () => {
    const problem = { code: 'did-not-fit', detail: 'No candidate fits.' };
    expect(progressLine(service({ state: 'blocked', problem }), '')).toEqual({
      event: 'blocked',
      service: 'assistant',
      problem,
    });
  });
});

describe('createProgressPrinter', () => {
  it('prints nothing twice', () => {
    const lines: ProgressLine[] = [];
    const say = createProgressPrinter({ print: (line) => lines.push(line) });
    for (const state of ['connecting', 'connecting', 'connected', 'connecting'])
      say('-link-', { event: 'link', state });
    expect(lines).toEqual(
      ['connecting', 'connected', 'connecting'].map((state) => ({ event: 'link', state })),
    );
  });
});
