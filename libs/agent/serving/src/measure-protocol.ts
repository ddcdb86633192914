import { z } from 'zod';
import { EngineProblem } from './protocol.ts';

export const MeasureCommand = z.object({
  modelPath: z.string(),
  gpu: z.enum(['auto', 'off']),
  threads: z.array(z.int().min(1)).min(1),
  budgetMs: z.number().positive(),
});
export type MeasureCommand = z.infer<typeof MeasureCommand>;

export const MeasureReport = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('measured'),
    threads: z.int(),
    tokensPerSecond: z.number(),
    promptTokensPerSecond: z.number(),
  }),
  z.object({ type: z.literal('done') }),
  z.object({ type: z.literal('failed'), problem: EngineProblem }),
]);
export type MeasureReport = z.infer<typeof MeasureReport>;
