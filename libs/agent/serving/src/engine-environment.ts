const TUNABLES = 'GLIBC_TUNABLES';
const HUGE_PAGES = 'glibc.malloc.hugetlb';

/**
 * The environment of a process that holds a model.
 *
 * With glibc, large blocks come from huge pages where the kernel gives them on request (`madvise`, the usual setting):
 * a token reads every weight once, and with pages of 4 KiB the look-ups cost up to a fifth of its time (measured:
 * `docs/decisions/2026-11-25-huge-pages.md`). Other C libraries do not read the variable; what is already set stays.
 */
export function engineEnvironment(own: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const tunables = own[TUNABLES] ?? '';
  if (tunables.includes(HUGE_PAGES)) return { ...own };
  return { ...own, [TUNABLES]: [tunables, `${HUGE_PAGES}=1`].filter((part) => part !== '').join(':') };
}
