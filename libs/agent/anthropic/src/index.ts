export { anthropicError, type AnthropicErrorBody } from './errors.ts';
export {
  anthropicModel,
  anthropicModelPage,
  type ListedModel,
  type ModelPage,
  type PageQuery,
} from './models.ts';
export { ANTHROPIC_ENDPOINTS } from './parameters.ts';
export {
  parseCount,
  parseMessage,
  type CountCall,
  type MessageCall,
  type ParsedCountCall,
  type ParsedMessageCall,
} from './request.ts';
export {
  anthropicMessage,
  countAnswer,
  inputOf,
  textBlock,
  thinkingBlock,
  toolUseBlock,
  type ContentBlock,
  type MessageEnd,
  type MessageHead,
  type StopReason,
} from './response.ts';
export { createMessageStream, eventText, type MessageEvent, type MessageStream } from './stream.ts';
export { thinkingWish, type ThinkingChoice } from './thinking.ts';
