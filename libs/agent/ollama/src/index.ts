export {
  embedAnswer,
  embeddingsAnswer,
  parseEmbed,
  parseEmbeddings,
  type OllamaEmbedCall,
  type ParsedOllamaEmbed,
} from './embed.ts';
export { ollamaError, type OllamaErrorBody } from './errors.ts';
export {
  OLLAMA_API_VERSION,
  psAnswer,
  showAnswer,
  tagsAnswer,
  versionAnswer,
  type OllamaEngine,
  type OllamaModel,
  type OwnModel,
} from './model-list.ts';
export { NewModelName } from './model-name.ts';
export { refusedContext } from './options.ts';
export { OLLAMA_ENDPOINTS, OLLAMA_OPTIONS, OLLAMA_OPTION_PAIRS } from './parameters.ts';
export {
  ModelParameters,
  modelDefaults,
  parseBlobDigest,
  parseCopy,
  parseCreate,
  parseDelete,
  parsePull,
  type CopyCall,
  type CreateCall,
} from './manage.ts';
export { parseChat, parseGenerate, type OllamaCall, type ParsedOllamaCall } from './request.ts';
export {
  jsonLine,
  residencyAnswer,
  ollamaAnswer,
  type OllamaEnd,
  type OllamaHead,
  type OllamaPiece,
  type OllamaRoute,
} from './response.ts';
export { parseShow } from './show.ts';
export { thinkingWish, type Think } from './thinking.ts';
