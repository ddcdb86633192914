import type { SchemaProblem } from '@flotilla/plane-catalogue';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** Compiles as the agents do before they judge an answer, and says why that failed. */
export const schemaProblem: SchemaProblem = (schema) => {
  try {
    new Ajv2020({ strict: false, allErrors: false, logger: false }).compile(schema);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
