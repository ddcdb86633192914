import type { FlotillaError } from '@flotilla/contracts';

export interface RefusedRequest {
  requestId: string;
  method: string;
  path: string;
}

/** A refused request as the log may have it: without the names of models that it says, one of which may be this box's own. */
export function refusalForLog(error: FlotillaError, { requestId, method, path }: RefusedRequest) {
  return {
    code: error.code,
    field: error.details.field,
    requestId,
    method,
    path: path.replace(/^(\/v1\/models\/).*/, '$1{model}'),
    // Our own mistake: without it nobody could mend it.
    ...(error.code === 'internal' ? { error } : {}),
  };
}
