import { MOST_JSON_LEVELS, nestsDeeperThan } from './json-depth.ts';
import { WellFormed } from './sampling-fields.ts';

/** The arguments of a call as clients send them back: JSON, or whatever a model wrote in its place. */
export const CallArguments = WellFormed.refine(
  (text) => !nestsDeeperThan(jsonOf(text), MOST_JSON_LEVELS),
  `nests deeper than ${MOST_JSON_LEVELS} levels`,
);

/** Text that is no JSON nests nowhere: the model is shown it as text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
