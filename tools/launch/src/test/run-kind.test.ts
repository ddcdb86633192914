import { describe, expect, it } from 'vitest';
import { countReport } from './run-kind.ts';

const report = (over: object) =>
  JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [],
    ...over,
  });

describe('counting a run', () => {
  it('adds up what the report says', () => {
    expect(countReport(report({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 1 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(countReport(report({ testResults: [{ status: 'failed', assertionResults: [] }] }), 1).failed).toBe(
      1,
    );
  });

  it('never calls a run good that ended badly', () => {
    expect(countReport(report({}), 1).failed).toBe(1);
    expect(countReport(undefined, 0).failed).toBe(1);
  });
});
