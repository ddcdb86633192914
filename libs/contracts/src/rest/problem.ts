import { z } from 'zod';
import { Problem } from '../errors.ts';

/** The body of every refusal over HTTP: RFC 9457 with our stable code. Media type `application/problem+json`. */
export const HttpProblem = Problem.extend({
  type: z.string().max(128).describe('`urn:flotilla:problem:` and the code.'),
  title: z.string().max(256),
  status: z.int().min(400).max(599),
  errors: z
    .array(z.object({ field: z.string().max(256), message: z.string().max(1_024) }))
    .max(64)
    .optional()
    .describe('Every field that is wrong, when the input is not valid.'),
  retryAfterMs: z.int().min(0).optional(),
  requestId: z.string().max(255).optional(),
}).meta({ id: 'HttpProblem' });
export type HttpProblem = z.infer<typeof HttpProblem>;
