import type { GoldenPrompt } from '@flotilla/contracts';
import { FlotillaError } from '@flotilla/contracts';

/** Refuses golden prompts that no device could judge: a bad pattern, or two of one id. */
export function checkGoldenPrompts(prompts: readonly GoldenPrompt[]): void {
  const ids = new Set<string>();
  for (const [index, prompt] of prompts.entries()) {
    if (ids.has(prompt.id)) refuse(`goldenPrompts[${index}].id`, `\`${prompt.id}\` is there twice`);
    ids.add(prompt.id);
    if (prompt.expect.kind === 'regex') {
      try {
        new RegExp(prompt.expect.pattern, prompt.expect.flags);
      } catch (cause) {
        refuse(`goldenPrompts[${index}].expect.pattern`, 'it is not a regular expression', cause);
      }
    }
  }
}

function refuse(field: string, reason: string, cause?: unknown): never {
  throw new FlotillaError('invalid-input', `${field}: ${reason}`, { details: { field }, cause });
}
