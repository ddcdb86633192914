import { LIGHT_PROCESS } from '@flotilla/kernel';

const TUNABLES = 'GLIBC_TUNABLES';
const HUGE_PAGES = 'glibc.malloc.hugetlb';

/**
 * The environment of a process that holds a model.
 *
 * With glibc, large blocks come from huge pages where the kernel gives them on request (`madvise`, the usual setting):
 * a token reads every weight once, and with pages of 4 KiB the look-ups cost up to a fifth of its time (measured:
 * `docs/decisions/2026-11-25-huge-pages.md`). Other C libraries do not read the variable; what is already set stays.
 * What keeps the supervisor light is left out, unless someone chose another value: an engine asks for the same blocks
 * again and again.
 */
export function engineEnvironment(own: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const ofSupervisor: Readonly<Record<string, string>> = LIGHT_PROCESS.environment;
  const rest = Object.fromEntries(
    Object.entries(own).filter(([name, value]) => ofSupervisor[name] !== value),
  );
  const tunables = own[TUNABLES] ?? '';
  if (tunables.includes(HUGE_PAGES)) return rest;
  return { ...rest, [TUNABLES]: [tunables, `${HUGE_PAGES}=1`].filter((part) => part !== '').join(':') };
}
