import {
  PENALTY_PAIRS,
  honoured,
  refused,
  type ApiEndpoint,
  type ParameterTable,
  type RefusedPair,
} from '@flotilla/agent-openai';

/** Chosen when the model is loaded, by the release and by measuring the box: naming them changes no answer. */
const LOAD_TIME = honoured('accepted; the release and the box choose it when the model is loaded');

/** Every documented name inside `options`, for chat, generate and embed alike. */
export const OLLAMA_OPTIONS = {
  temperature: honoured('0 is greedy; 0 to 2'),
  top_p: honoured(),
  top_k: honoured('0 means off'),
  min_p: honoured(),
  seed: honoured('same seed, same text on an otherwise idle service'),
  num_predict: honoured('-1 and -2: as far as the context reaches. Default: the release’s, else 1,024'),
  stop: honoured('up to 16 strings'),
  repeat_penalty: honoured('over prompt and answer; 1 means off'),
  repeat_last_n: honoured('tokens that `repeat_penalty` looks back; -1 the whole context'),
  frequency_penalty: honoured('over the generated tokens; -2 to 2'),
  presence_penalty: honoured('over the generated tokens; -2 to 2'),
  num_ctx: honoured('refused when the service has a shorter context; a smaller one changes nothing'),
  num_keep: honoured('accepted; the context is never shifted, so nothing has to be kept'),
  num_thread: LOAD_TIME,
  num_batch: LOAD_TIME,
  num_gpu: LOAD_TIME,
  main_gpu: LOAD_TIME,
  numa: LOAD_TIME,
  low_vram: LOAD_TIME,
  use_mmap: LOAD_TIME,
  use_mlock: LOAD_TIME,
  draft_num_predict: LOAD_TIME,
  f16_kv: refused('the box chooses how the cache is kept', true),
  logits_all: refused('a debugging switch of older runners', false),
  vocab_only: refused('a model is always loaded whole', false),
  embedding_only: refused('the service answers what its model can', false),
  typical_p: refused('this sampler is not available', 1),
  tfs_z: refused('removed from Ollama; this sampler is not available', 1),
  mirostat: refused('this sampler is not available', 0),
  mirostat_tau: refused('mirostat is not available', 5),
  mirostat_eta: refused('mirostat is not available', 0.1),
  penalize_newline: refused('a newline is penalised as any other token', true),
} satisfies ParameterTable;

/** Options that are honoured each but not together. */
export const OLLAMA_OPTION_PAIRS = PENALTY_PAIRS;

const MODEL = honoured('the service, `service:latest`, or its variant');
const OLDER_NAME = honoured('the older name of model; both may stand where they say the same');
const KEEP_ALIVE = honoured(
  'the last request’s counts: 0 unloads when it is done, a duration so long after it, below zero and by default only another service’s need of memory does. A release that is kept loaded stays; without a prompt, 0 is then 403',
);

const COMMON = {
  model: MODEL,
  stream: honoured('default true'),
  format: honoured('`json`, or a JSON Schema; an unsupported keyword is refused by its path'),
  options: honoured('see the table of options'),
  num_predict: honoured('as in `options`, which goes before it; some clients send it here'),
  keep_alive: KEEP_ALIVE,
  think: honoured('true, false, or a level, where the model’s template can; else refused'),
  logprobs: honoured('the model’s own, before sampling and grammar'),
  top_logprobs: honoured('0 to 20, with `logprobs`'),
  truncate: refused('a conversation over the context is refused, never cut', false),
  shift: refused('an answer that reaches the end of the context ends with `length`', false),
  _debug_render_only: refused('use /apply-template', false),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/chat`. */
export const OLLAMA_CHAT_PARAMETERS = {
  ...COMMON,
  messages: honoured('text only; none: the model is only loaded or, with `keep_alive: 0`, unloaded'),
  tools: honoured('functions, where the model’s template knows tools; `strict` is kept'),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/generate`. */
export const OLLAMA_GENERATE_PARAMETERS = {
  ...COMMON,
  prompt: honoured('none: the model is only loaded or, with `keep_alive: 0`, unloaded'),
  system: honoured('in place of the release’s'),
  raw: honoured('continued without a template; nothing in it is read as a control token'),
  suffix: refused('filling in the middle needs a model trained for it', ''),
  template: refused('the model’s own template is used', ''),
  context: refused('deprecated by Ollama; use /api/chat', []),
  images: refused('the model reads text only', []),
  width: refused('the box makes no images', 0),
  height: refused('the box makes no images', 0),
  steps: refused('the box makes no images', 0),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/embed`. */
export const OLLAMA_EMBED_PARAMETERS = {
  model: MODEL,
  input: honoured('a string or strings, at most 2,048; vectors have length 1'),
  truncate: honoured('default true: an input over the context is cut; false: it is refused'),
  dimensions: honoured('only the model’s own number: no model here was trained to be cut'),
  keep_alive: KEEP_ALIVE,
  options: honoured('accepted by the table of options; none of them changes a vector'),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/embeddings`, which Ollama keeps for older clients. */
export const OLLAMA_EMBEDDINGS_PARAMETERS = {
  model: MODEL,
  prompt: honoured('the vector has length 1'),
  keep_alive: KEEP_ALIVE,
  options: honoured('accepted by the table of options; none of them changes a vector'),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/show`. */
export const OLLAMA_SHOW_PARAMETERS = {
  model: MODEL,
  name: OLDER_NAME,
  verbose: honoured('accepted; there is nothing more to show'),
  system: refused('a release is changed by the fleet', ''),
  template: refused('a release is changed by the fleet', ''),
  options: refused('a release is changed by the fleet', {}),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/create`. */
export const OLLAMA_CREATE_PARAMETERS = {
  model: honoured(
    '1 to 63 lower-case letters, digits, inner dots, dashes or underscores, and a `:tag`; a local model of that name is replaced',
  ),
  name: OLDER_NAME,
  stream: honoured('default true'),
  from: honoured('a service of the fleet or a local model; what it says stands where this call is silent'),
  files: honoured('one GGUF that was sent to /api/blobs before'),
  system: honoured('up to 32,768 characters'),
  license: honoured('kept and shown, up to 65,536 characters'),
  parameters: honoured(
    'by the table of options; they stand where a request is silent. `num_ctx` is the context of the model, at least 64; default: what it was trained for, at most 4,096',
  ),
  template: refused('the chat template in the file is used; Ollama’s are written for another engine', ''),
  adapters: refused('an adapter comes with a release of the fleet', {}),
  messages: refused('put them into each request', []),
  quantize: refused('a file is served as it is; quantize it before', ''),
  quantization: refused('a file is served as it is; quantize it before', ''),
  modelfile: refused('removed from Ollama; clients send its parts', ''),
  path: refused('removed from Ollama; send the file to /api/blobs', ''),
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/copy`. */
export const OLLAMA_COPY_PARAMETERS = {
  source: honoured('a service of the fleet or a local model'),
  destination: honoured('as `model` of /api/create; a local model of that name is replaced'),
} satisfies ParameterTable;

/** Every documented parameter of `DELETE /api/delete`. */
export const OLLAMA_DELETE_PARAMETERS = {
  model: honoured('a local model; answers that are under way end, within a minute'),
  name: OLDER_NAME,
} satisfies ParameterTable;

/** Every documented parameter of `POST /api/pull`. */
export const OLLAMA_PULL_PARAMETERS = {
  model: honoured('one that is here is up to date; there is no registry to take another one from'),
  name: OLDER_NAME,
  stream: honoured('default true'),
  insecure: honoured('accepted; nothing is fetched'),
  username: refused('no registry is asked', ''),
  password: refused('no registry is asked', ''),
} satisfies ParameterTable;

export const OLLAMA_CREATE_PAIRS: readonly RefusedPair[] = [
  { parameters: ['from', 'files'], why: 'a model has one origin' },
];

export const OLLAMA_CHAT_PAIRS: readonly RefusedPair[] = [
  {
    parameters: ['logprobs', 'tools'],
    why: 'there is no telling which tokens belong to the text; leave one out',
  },
];

export const OLLAMA_GENERATE_PAIRS: readonly RefusedPair[] = [
  { parameters: ['raw', 'system'], why: 'a raw prompt has no template to put it in' },
  { parameters: ['raw', 'think'], why: 'a raw prompt has no template that could switch it' },
];

/** Where the owner of the device has not allowed local models. */
const BY_POLICY = '403 unless the device allows local models';

/** The routes that Ollama's clients use, as `docs/reference/compatibility.md` shows them. */
export const OLLAMA_ENDPOINTS: readonly ApiEndpoint[] = [
  { method: 'GET', path: '/', about: '`Ollama is running`, or the box page for a browser.' },
  { method: 'GET', path: '/api/version', about: 'The version of Ollama’s API that this follows.' },
  { method: 'GET', path: '/api/tags', about: 'The services, each as `service:latest`.' },
  { method: 'GET', path: '/api/ps', about: 'The services whose model is loaded.' },
  {
    method: 'POST',
    path: '/api/show',
    about: 'What is known of one service.',
    parameters: OLLAMA_SHOW_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/api/chat',
    about: 'An answer to a conversation, as lines of JSON or whole.',
    parameters: OLLAMA_CHAT_PARAMETERS,
    pairs: OLLAMA_CHAT_PAIRS,
  },
  {
    method: 'POST',
    path: '/api/generate',
    about: 'An answer to one prompt, as lines of JSON or whole.',
    parameters: OLLAMA_GENERATE_PARAMETERS,
    pairs: OLLAMA_GENERATE_PAIRS,
  },
  {
    method: 'POST',
    path: '/api/embed',
    about: 'Vectors of texts.',
    parameters: OLLAMA_EMBED_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/api/embeddings',
    about: 'The vector of one text, for older clients.',
    parameters: OLLAMA_EMBEDDINGS_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/api/create',
    about: `Makes a local model; ${BY_POLICY}.`,
    parameters: OLLAMA_CREATE_PARAMETERS,
    pairs: OLLAMA_CREATE_PAIRS,
  },
  {
    method: 'POST',
    path: '/api/copy',
    about: `Another name for a model; ${BY_POLICY}.`,
    parameters: OLLAMA_COPY_PARAMETERS,
  },
  {
    method: 'DELETE',
    path: '/api/delete',
    about: `Deletes a local model; ${BY_POLICY}, and for a service of the fleet.`,
    parameters: OLLAMA_DELETE_PARAMETERS,
  },
  {
    method: 'POST',
    path: '/api/pull',
    about: `Says whether a model is here; ${BY_POLICY}.`,
    parameters: OLLAMA_PULL_PARAMETERS,
  },
  { method: 'POST', path: '/api/push', about: 'Answers 403: no model leaves a box.' },
  { method: 'POST', path: '/api/blobs/{digest}', about: `Takes a file for a local model; ${BY_POLICY}.` },
  { method: 'HEAD', path: '/api/blobs/{digest}', about: `Says whether a file is here; ${BY_POLICY}.` },
];
