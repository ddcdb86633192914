import type { FlotillaError } from '@flotilla/contracts';

export interface RefusedRequest {
  requestId: string;
  method: string;
  path: string;
}

/** Whatever goes wrong there is about a file or a model of this box, and may say which. */
const CHANGES_LOCAL = /^\/api\/(blobs|create|copy|delete|pull)\b/;

/** A refused request as the log may have it: without the names and digests of models, one of which may be this box's own. */
export function refusalForLog(error: FlotillaError, { requestId, method, path }: RefusedRequest) {
  return {
    code: error.code,
    field: error.details.field,
    requestId,
    method,
    path: path.replace(/^(\/v1\/models\/|\/api\/blobs\/).*/, '$1{model}'),
    ...(error.code === 'internal' ? ourMistake(error, path) : {}),
  };
}

/** Without it nobody could mend it: where it may name what is this box's own, only the place in our code. */
function ourMistake(error: FlotillaError, path: string) {
  if (!CHANGES_LOCAL.test(path)) return { error };
  const { stack = '' } = error.cause instanceof Error ? error.cause : error;
  return { at: stack.split('\n').filter((line) => /^\s+at /.test(line)) };
}
