import { z } from 'zod';

/**
 * An enum read leniently: a member that a newer peer sends reads as `unknown`, because version skew is
 * normal in a fleet. Writers validate against the same schema and never write a member outside the list.
 */
export function openEnum<const T extends readonly [string, ...string[]]>(members: T) {
  return z.enum([...members, 'unknown'] as [...T, 'unknown']).catch('unknown' as never);
}
