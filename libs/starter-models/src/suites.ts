import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from './package-folder.ts';

/** What a suite asks: known phrasings with unseen words, phrasings kept out of training, known ones with mistakes in them. */
export const SUITE_NAMES = ['known', 'held-out', 'perturbed'] as const;
export type SuiteName = (typeof SUITE_NAMES)[number];

const SuiteMessage = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().default(''),
  tool_calls: z
    .array(
      z.object({
        function: z.object({
          name: z.string(),
          arguments: z.union([z.string(), z.record(z.string(), z.unknown())]),
        }),
      }),
    )
    .optional(),
});

/** One question with its right answer. Messages and tools are as the chat completions API takes them. */
export const SuiteItem = z.object({
  id: z.string(),
  skill: z.string(),
  language: z.enum(['en', 'pt']),
  messages: z.array(SuiteMessage).min(1),
  tools: z
    .array(
      z.object({
        type: z.literal('function'),
        function: z.object({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()).optional(),
        }),
      }),
    )
    .optional(),
  expected: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('exact'), value: z.string() }),
      z.object({ kind: z.literal('json'), value: z.unknown() }),
      z.object({
        kind: z.literal('tool-call'),
        value: z.object({ name: z.string(), arguments: z.unknown() }),
      }),
    ])
    .describe('The whole assistant turn; JSON is compared whatever its key order.'),
});
export type SuiteItem = z.infer<typeof SuiteItem>;

export type Suite = { name: SuiteName; path: string };

/** The published test sets: one JSON object a line, see `SuiteItem`. */
export function suites(): Suite[] {
  return SUITE_NAMES.map((name) => ({ name, path: packageFile('suites', `${name}.jsonl`) }));
}

/** Reads the items of a suite file. Throws on the first line that is no item. */
export function readSuite({ path }: { path: string }): SuiteItem[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => SuiteItem.parse(JSON.parse(line)));
}
