import {
  invalid,
  parseDetokenizeRequest,
  parseTemplateRequest,
  parseTokenizeRequest,
} from '@flotilla/agent-openai';
import { Hono } from 'hono';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';

type PromptDeps = Pick<BoxApiDeps, 'services'>;
/** A text with more tokens than this is not taken apart token by token. */
const MOST_PIECES = 16_384;

/** llama-server's `POST /tokenize`. */
export const tokenize = ({ services }: PromptDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const read = parseTokenizeRequest(await readJsonBody(c.req.raw));
    if (!read.ok) throw read.error;
    const { signal } = c.req.raw;
    const { content: text, parse_special: special, with_pieces: withPieces } = read.value;
    const model = modelOf(services, read.value.model);
    const tokens = await services.tokenize({ model, text, special, signal });
    if (!withPieces) return c.json({ tokens }, 200);
    if (tokens.length > MOST_PIECES)
      throw invalid(
        'with_pieces',
        `is given for at most ${MOST_PIECES} tokens; the text has ${tokens.length}`,
      );
    const pieces = new Map<number, string>();
    for (const id of new Set(tokens))
      pieces.set(id, await services.detokenize({ model, tokens: [id], signal }));
    return c.json({ tokens: tokens.map((id) => ({ id, piece: pieces.get(id) ?? '' })) }, 200);
  });

/** llama-server's `POST /detokenize`. */
export const detokenize = ({ services }: PromptDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const read = parseDetokenizeRequest(await readJsonBody(c.req.raw));
    if (!read.ok) throw read.error;
    const model = modelOf(services, read.value.model);
    const { tokens } = read.value;
    const { signal } = c.req.raw;
    return c.json({ content: await services.detokenize({ model, tokens, signal }) }, 200);
  });

/** llama-server's `POST /apply-template`. */
export const applyTemplate = ({ services }: PromptDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseTemplateRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const model = modelOf(services, parsed.model);
    const { signal } = c.req.raw;
    return c.json({ prompt: await services.renderPrompt({ model, request: parsed.prompt, signal }) }, 200);
  });

/** llama-server serves one model and is sent no name: where the box serves one service, none is needed. */
function modelOf(services: PromptDeps['services'], model: string | undefined): string {
  if (model !== undefined) return model;
  const [only, ...others] = services.served();
  if (only === undefined || others.length > 0)
    throw invalid('model', 'is needed: the box serves several models');
  return only.service;
}
