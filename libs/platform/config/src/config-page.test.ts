import { expect, it } from 'vitest';
import { z } from 'zod';

import { configPage } from './config-page.ts';

it('writes a row for every setting, with what a reader must know', () => {
  const schema = z.object({
    level: z.enum(['info', 'warn']).default('info').meta({ description: 'What is logged.', reload: true }),
    http: z.object({
      key: z
        .string()
        .optional()
        .meta({ description: 'The key of local apps.', env: 'FLOTILLA_KEY', secret: true }),
    }),
  });
  const rows = configPage({ title: 'Agent', schema })
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  expect(rows).toEqual([
    '| `level` |  | "info" \\| "warn" | `"info"` | What is logged. Takes effect without a restart. |',
    '| `http.key` | `FLOTILLA_KEY` | string |  | The key of local apps. Secret; may be given as a file in `FLOTILLA_KEY_FILE`. |',
  ]);
});
