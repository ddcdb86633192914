import { z } from 'zod';

const Positive = z.int().min(1);
const TokenId = z.int().min(0);

/** A place where the trainer says what its own tokenizer and network give, so that the GGUF can be held to it. */
export const ParitySample = z.object({
  text: z.string(),
  tokens: z.array(TokenId).describe("The trainer's tokens of `text`: specials off, no BOS."),
  next: z
    .array(z.tuple([TokenId, z.number()]))
    .default([])
    .describe('The likeliest next tokens with their natural log-probabilities.'),
});
export type ParitySample = z.infer<typeof ParitySample>;

/** The header of a training export, as python/EXPORT.md describes it. Extra keys are kept out, not refused. */
export const FlxHeader = z.object({
  format: z.literal('flotilla-export'),
  v: z.literal(1),
  name: z.string().min(1),
  config: z.object({
    architecture: z.literal('llama'),
    context_length: Positive,
    embedding_length: Positive,
    block_count: Positive,
    feed_forward_length: Positive,
    head_count: Positive,
    head_count_kv: Positive,
    head_dim: Positive,
    rope_freq_base: z.number().positive(),
    rms_norm_eps: z.number().positive(),
    vocab_size: Positive,
    tied_embeddings: z.boolean(),
  }),
  tokenizer: z.object({
    model: z.literal('gpt2'),
    pre: z.string().min(1),
    tokens: z.array(z.string()),
    token_types: z.array(z.int()),
    merges: z.array(z.string()),
    bos_token_id: TokenId,
    eos_token_id: TokenId,
    eot_token_id: TokenId,
    padding_token_id: TokenId,
    add_bos_token: z.boolean(),
  }),
  chat_template: z.string().min(1),
  general: z.object({ languages: z.array(z.string()).default([]), description: z.string().default('') }),
  training: z.record(z.string(), z.unknown()).default({}),
  tensors: z.record(
    z.string(),
    z.object({
      shape: z.array(Positive).min(1).describe('Rows first, as PyTorch has it.'),
      offset: z.int().min(0).describe('From the end of the header.'),
      bytes: Positive,
      dtype: z.literal('f32'),
    }),
  ),
  parity: z.array(ParitySample).default([]),
});
export type FlxHeader = z.infer<typeof FlxHeader>;
