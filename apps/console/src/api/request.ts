import { FlotillaError, PROBLEMS, type ProblemCode } from '@flotilla/contracts';
import type { z } from 'zod';

interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  body?: unknown;
}

/**
 * One call to the control plane that serves this page.
 * @throws FlotillaError with the code the server answered, or `offline` when it could not be reached.
 */
export async function request<T extends z.ZodType>(
  answer: T,
  path: string,
  { method = 'GET', body }: Call = {},
): Promise<z.output<T>> {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new FlotillaError('offline', 'The control plane does not answer.', { cause });
  });
  if (!response.ok) throw await toError(response);
  return answer.parse(response.status === 204 ? undefined : await response.json());
}

async function toError(response: Response): Promise<FlotillaError> {
  const problem = (await response.json().catch(() => ({}))) as {
    code?: string;
    detail?: string;
    errors?: { field: string; message: string }[];
  };
  const code =
    problem.code !== undefined && problem.code in PROBLEMS ? (problem.code as ProblemCode) : 'internal';
  const fields = (problem.errors ?? []).map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new FlotillaError(
    code,
    [problem.detail ?? `The control plane answered ${response.status}.`, fields].filter(Boolean).join(' '),
  );
}
