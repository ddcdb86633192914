import { LIGHT_PROCESS } from '@flotilla/kernel';

const TUNABLES = 'GLIBC_TUNABLES';
const HUGE_PAGES = 'glibc.malloc.hugetlb';
const WORKERS = 'UV_THREADPOOL_SIZE';

/**
 * The environment of a process that holds a model.
 *
 * With glibc, large blocks come from huge pages where the kernel gives them on request (`madvise`, the usual setting):
 * a token reads every weight once, and with pages of 4 KiB the look-ups cost up to a fifth of its time (measured:
 * `docs/decisions/2026-11-25-huge-pages.md`). Other C libraries do not read the variable; what is already set stays.
 * One worker thread: with two or more threads the library starts all but one anew for each token, and where its own step
 * wanders between Node's four workers the kernel put both on one core, for milliseconds at a time
 * (`docs/decisions/2026-11-26-one-worker.md`).
 * What keeps the supervisor light is left out, unless someone chose another value: an engine asks for the same blocks
 * again and again.
 */
export function engineEnvironment(own: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const ofSupervisor: Readonly<Record<string, string>> = LIGHT_PROCESS.environment;
  const rest = Object.fromEntries(
    Object.entries(own).filter(([name, value]) => ofSupervisor[name] !== value),
  );
  return { [WORKERS]: '1', ...rest, [TUNABLES]: withHugePages(own[TUNABLES] ?? '') };
}

function withHugePages(tunables: string): string {
  if (tunables.includes(HUGE_PAGES)) return tunables;
  return [tunables, `${HUGE_PAGES}=1`].filter((part) => part !== '').join(':');
}
