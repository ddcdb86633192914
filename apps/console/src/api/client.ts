import { createPlaneClient } from '@flotilla/api-client';

/** The control plane that serves this page, signed in by cookie. Repeating a call is left to the query cache. */
export const plane = createPlaneClient({ baseUrl: location.origin, retries: 0 });

/** The body of a typed call. */
export async function answerOf<T>(call: Promise<{ json(): Promise<T> }>): Promise<T> {
  const response = await call;
  return response.json();
}
