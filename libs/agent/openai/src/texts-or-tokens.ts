import { z } from 'zod';

/** More than the context of any model holds. */
const MOST_TOKENS = 1_048_576;

export type TextsOrTokens = string | string[] | number[] | number[][];

/**
 * A text, texts, the tokens of one or those of several, as OpenAI's clients may send any of them.
 *
 * Read without a schema for each token: a long list must cost no more than going through it once.
 */
export const textsOrTokens = ({ most, emptyText = false }: { most: number; emptyText?: boolean }) =>
  z.custom<TextsOrTokens>(
    (sent) => {
      const isText = (one: unknown): boolean =>
        typeof one === 'string' && (emptyText || one !== '') && one.isWellFormed();
      if (!Array.isArray(sent)) return isText(sent);
      if (typeof sent[0] === 'number') return isTokens(sent);
      const given = sent.length >= 1 && sent.length <= most;
      return given && (sent.every(isText) || sent.every((one) => isTokens(one) && one.length > 0));
    },
    `must be a string of well-formed Unicode, a list of token ids (at most ${MOST_TOKENS}), or a list of 1 to ${most} such strings or lists${emptyText ? '' : ', none of them empty'}`,
  );

/** A list of token ids, however long the context is that they are for. */
export const Tokens = z.custom<number[]>(
  isTokens,
  `must be a list of at most ${MOST_TOKENS} token ids, which are whole numbers from 0`,
);

function isTokens(sent: unknown): sent is number[] {
  return (
    Array.isArray(sent) &&
    sent.length <= MOST_TOKENS &&
    sent.every((token) => Number.isSafeInteger(token) && token >= 0)
  );
}

/** The texts or the tokens, each as one of several. */
export function eachOf(sent: TextsOrTokens): (string | number[])[] {
  if (typeof sent === 'string') return [sent];
  return isTokenList(sent) ? [sent] : sent;
}

function isTokenList(sent: Exclude<TextsOrTokens, string>): sent is number[] {
  return typeof sent[0] === 'number';
}
