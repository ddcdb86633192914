import type { z } from 'zod';

import { innerType } from './config-field.ts';

const BOOLEANS: Record<string, boolean> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

/**
 * The value that a text from the environment or a flag stands for, by the type its field wants: numbers, booleans
 * (`true`/`yes`/`on`/`1`), lists separated by commas. A text that does not fit is returned as it is, for zod to refuse.
 */
export function readText(schema: z.core.$ZodType, text: string): unknown {
  const inner = innerType(schema);
  switch ((inner._zod.def as { type: string }).type) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'boolean':
      return BOOLEANS[text.trim().toLowerCase()] ?? text;
    case 'array': {
      const { element } = inner._zod.def as unknown as { element: z.core.$ZodType };
      const items = text.split(',').map((item) => item.trim());
      return items.filter((item) => item !== '').map((item) => readText(element, item));
    }
    default:
      return text;
  }
}
