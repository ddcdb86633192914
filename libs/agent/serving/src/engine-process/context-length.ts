import { FlotillaError } from '@flotilla/contracts';

/** The refusal of a prompt that leaves no room for one token; `about` marks an estimated count. */
export function contextLengthExceeded(
  promptTokens: number,
  contextTokens: number,
  about = '',
): FlotillaError {
  return new FlotillaError(
    'context-length-exceeded',
    `The prompt has ${about}${promptTokens} tokens; the context holds ${contextTokens}, the answer included.`,
    { details: { field: 'messages', promptTokens, contextTokens, fix: 'Shorten the prompt.' } },
  );
}
