import { FlotillaError, parseSelector, type Selector } from '@flotilla/contracts';

/** The selector of a query; undefined where none was given. Throws `invalid-input` naming the field. */
export function readSelector(text: string | undefined): Selector | undefined {
  if (text === undefined) return undefined;
  const parsed = parseSelector(text);
  if (parsed.ok) return parsed.selector;
  throw new FlotillaError('invalid-input', `The selector is not valid: ${parsed.reason}.`, {
    details: {
      field: 'selector',
      errors: [{ field: 'selector', message: parsed.reason }],
      fix: 'Write `*` for every device, or `key=value` joined by AND.',
    },
  });
}
