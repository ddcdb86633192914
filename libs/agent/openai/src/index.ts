export { openAiError, type OpenAiErrorBody } from './errors.ts';
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
export { CHAT_PARAMETERS, type ParameterSupport } from './parameters.ts';
export { parseChatRequest, type ChatCompletionCall, type ParsedChatRequest } from './request.ts';
export {
  chatCompletion,
  wireModel,
  wireModelList,
  type Answer,
  type AnswerHead,
  type ServedModel,
  type WireFinishReason,
  type WireToolCall,
  type WireUsage,
} from './response.ts';
export { createStopMatcher, type StopMatcher, type StopStep } from './stop-matcher.ts';
export { STREAM_DONE, createChunks, serverSentEvent } from './stream.ts';
export { createTokenText, type Detokenize, type TokenText } from './token-text.ts';
export { createToolCallParser, type ToolCallParser, type ToolCallPiece } from './tool-call-parser.ts';
