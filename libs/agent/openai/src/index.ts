export { answerGrammar, type AnswerGrammar, type FormProblem } from './answer/answer-grammar.ts';
export {
  FREE_TEXT,
  allowsThinking,
  isConstrained,
  type AnswerForm,
  type CallForm,
  type CallableFunction,
  type TextForm,
} from './answer/answer-form.ts';
export { createThinkingCount, type ThinkingCount } from './answer/thinking-count.ts';
export {
  createThinkingParser,
  type ThinkingMarks,
  type ThinkingParser,
  type ThinkingPiece,
} from './answer/thinking-parser.ts';
export {
  parseCompletionRequest,
  type CompletionCall,
  type ParsedCompletionRequest,
} from './completions-request.ts';
export { completionList, createCompletionChunks, type Completion } from './completions-response.ts';
export {
  embeddingList,
  parseEmbeddingRequest,
  refusedDimensions,
  type EmbeddingCall,
  type ParsedEmbeddingRequest,
} from './embeddings.ts';
export { invalid, openAiError, unsupported, type OpenAiErrorBody } from './errors.ts';
export {
  FunctionTool,
  GenerationMessage,
  GenerationRequest,
  LogprobChoice,
  MOST_GRAMMAR_BYTES,
  MOST_LOGIT_BIASES,
  MOST_TOP_LOGPROBS,
  PromptRequest,
  RequestSampling,
  TokenLogprob,
  TokenUsage,
  ToolCall,
  type FinishReason,
} from './generation.ts';
export { JsonObject } from './json-object.ts';
export { wireModel, wireModelList, type ModelAbilities, type ServedModel } from './models.ts';
export { CHAT_PARAMETERS } from './parameters/chat.ts';
export { OPENAI_ENDPOINTS } from './parameters/endpoints.ts';
export { PENALTY_PAIRS } from './parameters/generation.ts';
export {
  givenFields,
  honoured,
  refused,
  refusedPair,
  refusedParameter,
  type ApiEndpoint,
  type ParameterSupport,
  type ParameterTable,
  type RefusedPair,
} from './parameters/table.ts';
export {
  parseDetokenizeRequest,
  parseTemplateRequest,
  parseTokenizeRequest,
  type ParsedTemplateRequest,
} from './prompt-tools.ts';
export { fieldName, firstIssue, readBody, type BodyReader, type Read } from './read-body.ts';
export { saysAboutThinking, settleThinking, type ThinkingAbilities, type ThinkingWish } from './reasoning.ts';
export { parseChatRequest, type ChatCompletionCall, type ParsedChatRequest } from './request.ts';
export { parseRerankRequest, rerankResult, type ParsedRerankRequest, type RerankCall } from './rerank.ts';
export { createResponseWriter, type ResponseEvent, type ResponseWriter } from './responses/events.ts';
export { refusedOutput, toMessages, wireInputItem, type ConversationItem } from './responses/items.ts';
export {
  readInputItemQuery,
  readKeptResponseQuery,
  refusedQuery,
  type InputItemQuery,
} from './responses/query.ts';
export { parseResponseRequest, type ParsedResponseRequest, type ResponseCall } from './responses/request.ts';
export {
  answeredItems,
  type ItemStatus,
  type OutputItem,
  type ResponseStatus,
  type WireResponse,
} from './responses/response.ts';
export {
  chatCompletion,
  sumUsage,
  type Answer,
  type AnswerHead,
  type WireFinishReason,
  type WireToolCall,
  type WireUsage,
} from './response.ts';
export { PENALTY_FIELDS, SAMPLING_FIELDS, WellFormed, toSampling } from './sampling-fields.ts';
export { createStopMatcher, type StopMatcher, type StopStep } from './stop-matcher.ts';
export { STREAM_DONE, createChunks, serverSentEvent } from './stream.ts';
export { createTokenText, type Detokenize, type TokenText } from './token-text.ts';
export { createToolCallParser, type ToolCallParser, type ToolCallPiece } from './tool-call-parser.ts';
export { FUNCTION_FIELDS, FunctionName, offeredTools, type CallChoice, type SentFunction } from './tools.ts';
