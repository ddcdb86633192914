import { describe, expect, it } from 'vitest';
import { readOutcome } from './run-kind.ts';

const report = (over: object) =>
  JSON.stringify({ numPassedTests: 3, numPendingTests: 1, numTodoTests: 0, testResults: [], ...over });
const read = (text: string | undefined, exitCode: number) =>
  readOutcome({ kind: 'unit', report: text, exitCode, root: '/root/' });

describe('reading the outcome of a run', () => {
  it('adds up what the report says', () => {
    expect(read(report({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 1, failures: [] });
  });

  it('names each test that failed by its file and its titles, with its message', () => {
    const failed = {
      ancestorTitles: ['adding', ''],
      title: 'adds',
      status: 'failed',
      failureMessages: ['wrong'],
    };
    const passed = { ...failed, title: 'subtracts', status: 'passed', failureMessages: [] };
    const file = { name: '/root/libs/a.test.ts', status: 'failed', assertionResults: [failed, passed] };
    expect(read(report({ testResults: [file] }), 1)).toMatchObject({
      failed: 1,
      failures: [{ name: 'libs/a.test.ts > adding > adds', message: 'wrong' }],
    });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const file = { name: '/root/libs/a.test.ts', status: 'failed', message: 'no such', assertionResults: [] };
    expect(read(report({ testResults: [file] }), 1)).toMatchObject({
      failed: 1,
      failures: [{ name: 'libs/a.test.ts', message: 'no such' }],
    });
  });

  it('never calls a run good that ended badly', () => {
    for (const outcome of [read(report({}), 1), read(undefined, 0)]) {
      expect(outcome.failed).toBe(1);
      expect(outcome.failures).toHaveLength(1);
    }
  });
});
