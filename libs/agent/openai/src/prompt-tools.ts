import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import type { PromptRequest } from './generation.ts';
import { ChatMessages, toGenerationMessages } from './messages.ts';
import {
  APPLY_TEMPLATE_PARAMETERS,
  DETOKENIZE_PARAMETERS,
  TOKENIZE_PARAMETERS,
} from './parameters/others.ts';
import { readBody, type Read } from './read-body.ts';
import { TemplateOptions } from './reasoning.ts';
import { WellFormed } from './sampling-fields.ts';
import { Tokens } from './texts-or-tokens.ts';
import { ChatTools, offeredTools, sentFunctions } from './tools.ts';

const TokenizeBody = z.object({
  model: z.string().min(1).optional(),
  content: WellFormed,
  parse_special: z.boolean().default(true),
  with_pieces: z.boolean().default(false),
});
export type TokenizeBody = z.infer<typeof TokenizeBody>;

const DetokenizeBody = z.object({
  model: z.string().min(1).optional(),
  tokens: Tokens,
});
export type DetokenizeBody = z.infer<typeof DetokenizeBody>;

const ApplyTemplateBody = z.object({
  model: z.string().min(1).optional(),
  messages: ChatMessages,
  tools: ChatTools.optional(),
  chat_template_kwargs: TemplateOptions.optional(),
});

/** llama-server's `POST /tokenize`. */
export function parseTokenizeRequest(body: unknown): Read<TokenizeBody> {
  return readBody(body, { schema: TokenizeBody, table: TOKENIZE_PARAMETERS, endpoint: 'tokenize' });
}

/** llama-server's `POST /detokenize`. */
export function parseDetokenizeRequest(body: unknown): Read<DetokenizeBody> {
  return readBody(body, {
    schema: DetokenizeBody,
    table: DETOKENIZE_PARAMETERS,
    endpoint: 'detokenize',
    tokenFields: ['tokens'],
  });
}

export type ParsedTemplateRequest =
  | { ok: true; model: string | undefined; prompt: PromptRequest }
  | { ok: false; error: FlotillaError };

/** llama-server's `POST /apply-template`. */
export function parseTemplateRequest(body: unknown): ParsedTemplateRequest {
  const read = readBody(body, {
    schema: ApplyTemplateBody,
    table: APPLY_TEMPLATE_PARAMETERS,
    endpoint: 'apply-template',
  });
  if (!read.ok) return read;
  const messages = toGenerationMessages(read.value.messages);
  if (!messages.ok) return messages;
  const offered = offeredTools({ functions: sentFunctions(read.value.tools), choice: undefined });
  if (!offered.ok) return offered;
  const { model, chat_template_kwargs: templateOptions } = read.value;
  return {
    ok: true,
    model,
    prompt: {
      messages: messages.messages,
      tools: offered.tools,
      ...(templateOptions && { templateOptions }),
    },
  };
}
