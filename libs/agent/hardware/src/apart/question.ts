import { z } from 'zod';

/** What a process of its own is asked, once. */
export const ApartQuestion = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('bandwidth'), threads: z.number(), availableBytes: z.number() }),
  z.object({ ask: z.literal('graphics') }),
]);
export type ApartQuestion = z.infer<typeof ApartQuestion>;

/** One graphics controller as systeminformation tells of it; memory in MB. */
const GraphicsController = z.object({
  vendor: z.string(),
  model: z.string(),
  name: z.string().optional(),
  memoryTotal: z.number().nullish(),
  memoryFree: z.number().nullish(),
  vram: z.number().nullish(),
  vramDynamic: z.boolean(),
});
export type GraphicsController = z.infer<typeof GraphicsController>;

/** What it answers, by question. Bandwidth is in bytes per second. */
export const ApartAnswers = {
  bandwidth: z.number().positive(),
  graphics: z.array(GraphicsController),
};
export type ApartAnswer<Ask extends keyof typeof ApartAnswers> = z.infer<(typeof ApartAnswers)[Ask]>;
