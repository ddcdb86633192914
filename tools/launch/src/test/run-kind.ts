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

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const Report = z.object({
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

/**
 * Runs every project's tests of one kind and counts them.
 * A test file that could not even be loaded counts as one failure, and so does a run that left no report.
 */
export async function runKind(kind: Kind, without: readonly string[]): Promise<Counts> {
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
    return countReport(readReport(reportFile), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The counts of a vitest JSON report; a non-zero exit without a failed test is one failure. */
export function countReport(text: string | undefined, exitCode: number): Counts {
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const report = Report.parse(JSON.parse(text));
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloadable;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
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
