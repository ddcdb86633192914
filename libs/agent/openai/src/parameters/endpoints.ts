import { CHAT_PAIRS, CHAT_PARAMETERS } from './chat.ts';
import { COMPLETION_PAIRS, COMPLETION_PARAMETERS } from './completions.ts';
import {
  APPLY_TEMPLATE_PARAMETERS,
  DETOKENIZE_PARAMETERS,
  EMBEDDING_PARAMETERS,
  RERANK_PARAMETERS,
  TOKENIZE_PARAMETERS,
} from './others.ts';
import {
  INPUT_ITEM_PARAMETERS,
  KEPT_RESPONSE_PARAMETERS,
  RESPONSE_PAIRS,
  RESPONSE_PARAMETERS,
} from './responses.ts';
import type { ApiEndpoint } from './table.ts';

/** The routes that OpenAI's clients use, and llama-server's own beside them. */
export const OPENAI_ENDPOINTS: readonly ApiEndpoint[] = [
  {
    method: 'POST',
    path: '/v1/chat/completions',
    about: 'An answer to a conversation, whole or streamed.',
    parameters: CHAT_PARAMETERS,
    pairs: CHAT_PAIRS,
  },
  {
    method: 'POST',
    path: '/v1/completions',
    about: 'Text continued without a chat template.',
    parameters: COMPLETION_PARAMETERS,
    pairs: COMPLETION_PAIRS,
  },
  {
    method: 'POST',
    path: '/v1/responses',
    about: 'An answer that the box may keep, so that a following one can go on from it.',
    parameters: RESPONSE_PARAMETERS,
    pairs: RESPONSE_PAIRS,
  },
  {
    method: 'GET',
    path: '/v1/responses/{id}',
    about: 'A response that was kept, for the key that made it.',
    parameters: KEPT_RESPONSE_PARAMETERS,
  },
  {
    method: 'GET',
    path: '/v1/responses/{id}/input_items',
    about: 'What it was made from, newest first.',
    parameters: INPUT_ITEM_PARAMETERS,
  },
  { method: 'DELETE', path: '/v1/responses/{id}', about: 'Forgets one.' },
  {
    method: 'DELETE',
    path: '/v1/responses',
    about: 'Forgets all that the key made; for the local user without a key, all that were made without one.',
  },
  {
    method: 'POST',
    path: '/v1/embeddings',
    about: 'Vectors of texts.',
    parameters: EMBEDDING_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/v1/rerank',
    about: 'Documents in the order in which they answer a query; also at `/rerank`.',
    parameters: RERANK_PARAMETERS,
  },
  { method: 'GET', path: '/v1/models', about: 'The services, and whether each has vectors or ranks.' },
  { method: 'GET', path: '/v1/models/{id}', about: 'One of them.' },
  { method: 'POST', path: '/tokenize', about: 'Tokens of a text.', parameters: TOKENIZE_PARAMETERS },
  { method: 'POST', path: '/detokenize', about: 'Text of tokens.', parameters: DETOKENIZE_PARAMETERS },
  {
    method: 'POST',
    path: '/apply-template',
    about: 'The prompt that a conversation becomes.',
    parameters: APPLY_TEMPLATE_PARAMETERS,
  },
];
