import { FlotillaError } from '@flotilla/contracts';
import { byteAlphabet } from '../gguf/byte-alphabet.ts';
import type { Vocabulary } from '../gguf/decoder-model.ts';

/** The special tokens, always the last rows of the vocabulary. */
export const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;
const LETTERS = 'etaoinshrdlucmfwypvbgkjqxz';
const NORMAL = 1;
const CONTROL = 3;

/**
 * A made-up byte-level vocabulary of exactly `size` tokens: 256 bytes, then tokens that each lengthen an
 * earlier one by a letter (with the merge that makes them), then the ChatML specials.
 *
 * Any text can be tokenized with it; common English comes out at 3 to 4 letters a token.
 */
export function synthVocabulary({ size, preTokenizer }: { size: number; preTokenizer: string }): Vocabulary {
  const tokens = byteAlphabet();
  const wanted = size - SPECIAL_TOKENS.length;
  if (wanted < tokens.length) {
    throw new FlotillaError(
      'invalid-input',
      `a byte-level vocabulary needs at least ${tokens.length + SPECIAL_TOKENS.length} tokens, not ${size}`,
    );
  }
  const merges: string[] = [];
  let level = ['Ġ', ...LETTERS];
  while (tokens.length < wanted) {
    const next: string[] = [];
    for (const stem of level) {
      for (const letter of LETTERS) {
        if (tokens.length === wanted) break;
        merges.push(`${stem} ${letter}`);
        tokens.push(stem + letter);
        next.push(stem + letter);
      }
    }
    level = next;
  }
  const normal = tokens.length;
  tokens.push(...SPECIAL_TOKENS);
  return {
    preTokenizer,
    tokens,
    tokenTypes: tokens.map((_, id) => (id < normal ? NORMAL : CONTROL)),
    merges,
    bosId: normal,
    eosId: normal + 2,
    eotId: normal + 2,
    paddingId: normal,
    addBos: false,
  };
}

/** Plain ChatML, without tools: random weights would not use them. */
export const CHATML_TEMPLATE = `{%- for message in messages -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}`;
