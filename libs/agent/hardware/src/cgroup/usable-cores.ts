/**
 * Cores' worth of work that this process can get: what the scheduler lets it run on, and what its quota pays for.
 * More threads than that make an engine slower, not faster.
 */
export function usableCores({
  cores,
  affinity,
  quota,
}: {
  /** Of the machine. */
  cores: number;
  affinity?: number;
  quota?: number;
}): number {
  const least = Math.min(cores, affinity ?? Infinity, quota ?? Infinity);
  return Math.max(0.01, Math.round(least * 100) / 100);
}
