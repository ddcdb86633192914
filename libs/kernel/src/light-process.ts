/**
 * How Node is started for a program that runs for months, computes little and shall leave the memory to others.
 *
 * A young generation of 1 MB, no compiler between the baseline and the optimizing one, and a glibc that gives freed memory
 * back and keeps one heap beside the main one. The agent under 16 streams after a first pull held 144 MB without the last
 * two and 119 with them (`docs/decisions/2026-11-26-light-supervisor.md`). Other C libraries do not read the variables.
 */
export const LIGHT_PROCESS = {
  nodeFlags: ['--max-semi-space-size=1', '--no-maglev'],
  environment: { MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' },
} as const;
