import { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';

const Answer = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

/** The request that `npm start` shows as a `curl` line and sends itself. */
export const QUESTION = 'set the kitchen to 21 degrees';

export function curlLine(boxUrl: string, service: string): string {
  return `curl ${boxUrl}/v1/chat/completions -H 'content-type: application/json' -d '${body(service)}'`;
}

/** The answer of the box to the very request of `curlLine`. @throws FlotillaError `unavailable` with what came back. */
export async function askBox(boxUrl: string, service: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${boxUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body(service),
    signal,
  });
  const text = await response.text();
  if (!response.ok)
    throw new FlotillaError('unavailable', `The box answered ${response.status}: ${text.slice(0, 500)}`);
  return Answer.parse(JSON.parse(text)).choices[0]?.message.content ?? '';
}

function body(service: string): string {
  return JSON.stringify({ model: service, messages: [{ role: 'user', content: QUESTION }] });
}
