import { createContext, Script } from 'node:vm';

import type { RegexMatcher, SchemaValidator } from '@flotilla/agent-reconcile';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A pattern that backtracks for longer than this counts as one that cannot be tested. */
const REGEX_MS = 250;

/** Ends a pattern that does not end by itself: the engine of V8 looks for this interrupt while it backtracks. */
export const matchesRegex: RegexMatcher = ({ pattern, flags, text }) => {
  const context = createContext({ pattern, flags, text, found: false });
  new Script('found = new RegExp(pattern, flags).test(text)').runInContext(context, { timeout: REGEX_MS });
  return context['found'] === true;
};

/** JSON Schema 2020-12, each schema compiled for its one use. */
export const fitsSchema: SchemaValidator = ({ schema, value }) => {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  return ajv.validate(schema, value);
};
