import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Whether a value is valid under a schema, by the validator that we are measured with. */
export function validatorOf(schema: unknown): (value: unknown) => boolean {
  // Without ownProperties Ajv finds `constructor` in every object.
  const ajv = new Ajv2020({ strict: false, logger: false, ownProperties: true });
  addFormats.default(ajv, { mode: 'full' });
  // Names that Zod writes beside a pattern; they say nothing of their own.
  for (const name of ['includes', 'starts_with', 'ends_with', 'lowercase', 'uppercase', 'regex'])
    ajv.addFormat(name, true);
  const validate = ajv.compile(schema as object);
  return (value) => validate(value) === true;
}
