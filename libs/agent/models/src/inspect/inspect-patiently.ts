import { isFlotillaError } from '@flotilla/contracts';

import type { InspectModel } from './inspection.ts';

/**
 * Inspects a model, and once more where the child died: a passing shortage of memory may have killed it. One that dies
 * twice is the model's fault, and its error is thrown.
 */
export function inspectPatiently(inspect: InspectModel): InspectModel {
  return async (request) => {
    try {
      return await inspect(request);
    } catch (error) {
      if (!isFlotillaError(error) || error.code !== 'engine-crashed') throw error;
      return inspect(request);
    }
  };
}
