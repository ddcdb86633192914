import { CALLER_PARAMETERS } from './generation.ts';
import { honoured, refused, type ParameterTable } from './table.ts';

/** Every documented parameter of `POST /v1/embeddings`. */
export const EMBEDDING_PARAMETERS = {
  model: honoured(
    'as in chat completions, but `@base` is refused where the release has an adapter; `/v1/models` says whether it was trained for vectors',
  ),
  input: honoured('a string, strings, tokens or lists of tokens, at most 2,048; vectors have length 1'),
  encoding_format: honoured('float and base64'),
  dimensions: honoured('only the model’s own number: no model here was trained to be cut'),
  ...CALLER_PARAMETERS,
} satisfies ParameterTable;

/** Every documented parameter of `POST /v1/rerank`, after Jina’s. */
export const RERANK_PARAMETERS = {
  model: honoured('must be a reranker, in a release without an adapter'),
  query: honoured(),
  documents: honoured('strings, or objects with `text`; at most 1,024'),
  top_n: honoured('default: all'),
  return_documents: honoured('default true, as Jina documents it'),
  ...CALLER_PARAMETERS,
  truncation: refused('a document over the context is refused, never cut', false),
  max_chunk_per_doc: refused('documents are ranked whole'),
} satisfies ParameterTable;

const NAMED_MODEL = honoured('may be left out where the box serves one model');

/** llama-server’s `POST /tokenize`. */
export const TOKENIZE_PARAMETERS = {
  model: NAMED_MODEL,
  content: honoured(),
  parse_special: honoured('default true, as in llama-server: control tokens are read as such'),
  with_pieces: honoured('each token with its text'),
  add_special: refused('no token is put before the text', false),
} satisfies ParameterTable;

/** llama-server’s `POST /detokenize`. */
export const DETOKENIZE_PARAMETERS = { model: NAMED_MODEL, tokens: honoured() } satisfies ParameterTable;

/** llama-server’s `POST /apply-template`. */
export const APPLY_TEMPLATE_PARAMETERS = {
  model: NAMED_MODEL,
  messages: honoured('as in chat completions'),
  tools: honoured('as in chat completions'),
  chat_template_kwargs: honoured(),
} satisfies ParameterTable;
