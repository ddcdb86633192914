import { FlotillaError } from '@flotilla/contracts';

/** Names that the renderer or we give to every template. */
const RESERVED: ReadonlySet<string> = new Set([
  'messages',
  'tools',
  'add_generation_prompt',
  'bos_token',
  'eos_token',
  'true',
  'false',
  'none',
  'True',
  'False',
  'None',
  'raise_exception',
  'range',
  'strftime_now',
  'namespace',
  'loop',
]);
const FIELD = 'chat_template_kwargs';

/** Throws for a variable that may not be set, or that the template does not look at: it would be ignored. */
export function refuseTemplateOptions(options: Readonly<Record<string, unknown>>, source: string): void {
  for (const name of Object.keys(options)) {
    if (RESERVED.has(name)) {
      throw new FlotillaError('invalid-input', `\`${FIELD}\` may not set \`${name}\`.`, {
        details: { field: FIELD, about: name },
      });
    }
    if (!mentions(source, name)) {
      throw new FlotillaError(
        'unsupported-parameter',
        `\`${FIELD}\` sets \`${name.slice(0, 100)}\`, which the model’s chat template does not know.`,
        { details: { field: FIELD, about: name.slice(0, 100) } },
      );
    }
  }
}

/** Whether a template says this word anywhere. */
export function mentions(source: string, name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && new RegExp(`\\b${name}\\b`).test(source);
}
