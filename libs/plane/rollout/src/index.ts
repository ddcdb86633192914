/** Which devices get a release when, and what a batch must show before the next opens. */
export type { Rollouts } from './rollouts.ts';
