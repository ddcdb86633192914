/** What the process says when it ends; printed by `--help`. */
export const EXIT = {
  ok: 0,
  /** What was asked for failed: the message says why. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** `status`: no agent runs. `doctor`: something is wrong with the box. */
  unhealthy: 3,
} as const;
