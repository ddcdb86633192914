import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CONFIG = fileURLToPath(new URL('./vitest-all.ts', import.meta.url));

export const KINDS = ['unit', 'int', 'model', 'e2e'] as const;
export type Kind = (typeof KINDS)[number];

export interface Failure {
  /** The file below the root and the name of the test in it, or only the file when it could not be loaded. */
  name: string;
  /** What the test runner printed about it. */
  message: string;
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** One for each that failed. */
  failures: Failure[];
}

const Report = z.object({
  numPassedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});
type FileResult = z.infer<typeof Report>['testResults'][number];

/**
 * Runs every project's tests of one kind and counts them.
 * A test file that could not even be loaded counts as one failure, and so does a run that left no report.
 */
export async function runKind(kind: Kind, without: readonly string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'flotilla-test-'));
  const reportFile = join(folder, 'report.json');
  try {
    const code = await vitest(
      [
        'run',
        '--root',
        ROOT,
        '--config',
        CONFIG,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
      ],
      {
        FLOTILLA_TEST_KIND: kind,
        FLOTILLA_TEST_WITHOUT: without.join(','),
      },
    );
    return readOutcome({ kind, report: readReport(reportFile), exitCode: code, root: ROOT });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a vitest JSON report says; a non-zero exit without a failed test is one failure. */
export function readOutcome({
  kind,
  report: text,
  exitCode,
  root,
}: {
  kind: Kind;
  /** The report's text; undefined when the run left none. */
  report: string | undefined;
  exitCode: number;
  /** Paths are told below this folder. */
  root: string;
}): Outcome {
  const whole = `the ${kind} tests as a whole`;
  if (text === undefined) {
    const message = `The run ended with exit code ${exitCode} and left no report; what it printed is above.`;
    return { passed: 0, failed: 1, skipped: 0, failures: [{ name: whole, message }] };
  }
  const report = Report.parse(JSON.parse(text));
  const failures = report.testResults.flatMap((file) => failuresOf(file, root));
  if (failures.length === 0 && exitCode !== 0) {
    const message = `No test failed, but the run ended with exit code ${exitCode}: an error outside of any test, printed above.`;
    failures.push({ name: whole, message });
  }
  return {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
}

function failuresOf({ name, status, message, assertionResults }: FileResult, root: string): Failure[] {
  const file = name.startsWith(root) ? name.slice(root.length) : name;
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0 && status === 'failed') {
    const loaded = assertionResults.length > 0;
    return [{ name: file, message: message || (loaded ? 'A hook of its tests failed.' : 'It has no test.') }];
  }
  return failed.map((test) => ({
    name: [file, ...test.ancestorTitles, test.title].filter((part) => part !== '').join(' > '),
    message: (test.failureMessages ?? []).join('\n'),
  }));
}

function readReport(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function vitest(args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
