import { z } from 'zod';
import { Problem } from './errors.ts';
import { openEnum } from './open-enum.ts';
import { Id, SaidText, TimeMs } from './scalars.ts';

/** Something to do once. Idempotent by id; a command past `expiresAt` is refused. */
export const Command = z
  .object({
    v: z.literal(1),
    id: Id,
    issuedAt: TimeMs,
    expiresAt: TimeMs,
    kind: openEnum(['report', 'detect', 'collect-garbage']).describe(
      'report: send `reported` now · detect: probe the hardware again · collect-garbage: free blobs that nothing names',
    ),
  })
  .meta({ id: 'Command' });
export type Command = z.infer<typeof Command>;

export const CommandResult = z
  .object({
    v: z.literal(1),
    id: Id,
    at: TimeMs,
    outcome: openEnum(['done', 'refused', 'failed']),
    problem: Problem.optional(),
  })
  .meta({ id: 'CommandResult' });
export type CommandResult = z.infer<typeof CommandResult>;

/** Retained on `status`, and the last will. */
export const DeviceStatus = z
  .object({
    v: z.literal(1),
    state: openEnum(['online', 'offline']),
    at: TimeMs,
    session: Id.optional().describe(
      'Made at every connect, so that a late last will of an older session is recognised.',
    ),
    agentVersion: SaidText(64).optional(),
  })
  .meta({ id: 'DeviceStatus' });
export type DeviceStatus = z.infer<typeof DeviceStatus>;
