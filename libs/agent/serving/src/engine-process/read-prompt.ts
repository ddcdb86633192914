import type { PromptRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { ChatTemplate, PromptPart } from './chat-prompt.ts';
import { asTokens } from './library-tokens.ts';
import { endsThinking } from './thinking-tags.ts';
import { refuseFarTooLong, tokenizePrompt } from './tokenize-prompt.ts';
import type { Vocabulary } from './vocabulary.ts';

export interface PromptReader {
  model: LlamaModel;
  template: ChatTemplate;
  vocabulary: Vocabulary;
  contextTokens: number;
}

export interface ReadPrompt {
  tokens: readonly Token[];
  /** The prompt ends inside a thinking stretch. */
  thinking: boolean;
}

/** Tokens of a request's prompt. Throws what is wrong with it, also that it is far too long. */
export function readPrompt(request: PromptRequest, reader: PromptReader): ReadPrompt {
  const { model, template, vocabulary, contextTokens } = reader;
  if (typeof request.prompt === 'object') {
    refuseUnknownTokens(request.prompt, vocabulary.size);
    return { tokens: orStart(asTokens(request.prompt), model), thinking: false };
  }
  const parts = promptParts(request, reader);
  refuseFarTooLong(model, parts, contextTokens);
  return {
    tokens: orStart(tokenizePrompt(model, parts), model),
    thinking: endsThinking(ownText(parts), template.thinkingTags),
  };
}

/** What the template wrote itself. */
function ownText(parts: readonly PromptPart[]): string {
  return parts
    .filter((part) => part.control)
    .map((part) => part.text)
    .join('\0');
}

/** The prompt as text, control tokens written out. */
export function renderPrompt(request: PromptRequest, reader: PromptReader): string {
  if (typeof request.prompt === 'object') {
    refuseUnknownTokens(request.prompt, reader.vocabulary.size);
    return reader.model.detokenize(asTokens(request.prompt), true);
  }
  return promptParts(request, reader)
    .map((part) => part.text)
    .join('');
}

function promptParts({ prompt, ...request }: PromptRequest, { template }: PromptReader): PromptPart[] {
  if (prompt !== undefined && request.messages.length > 0)
    throw invalid('messages', '`prompt` and `messages` cannot be sent together.');
  if (prompt === undefined && request.messages.length === 0)
    throw invalid('messages', '`messages` is empty.');
  if (request.tools.length > 0 && !template.supportsTools) {
    throw new FlotillaError(
      'unsupported-parameter',
      '`tools` is not supported: the model’s chat template knows no tools.',
      { details: { field: 'tools' } },
    );
  }
  return prompt === undefined ? template.render(request) : [{ text: String(prompt), control: false }];
}

/** An empty prompt begins a text: with the token that says so, or the one that ended the text before. */
function orStart(tokens: readonly Token[], model: LlamaModel): readonly Token[] {
  if (tokens.length > 0) return tokens;
  const start = model.tokens.bos ?? model.tokens.eos;
  if (start === null)
    throw invalid('prompt', '`prompt` is empty, and the model has no token to begin a text.');
  return [start];
}

export function refuseUnknownTokens(tokens: readonly number[], size: number, field = 'prompt'): void {
  const unknown = tokens.find((token) => token < 0 || token >= size);
  if (unknown !== undefined)
    throw invalid(field, `There is no token ${unknown}; the model has ${size} tokens.`);
}

function invalid(field: string, message: string): FlotillaError {
  return new FlotillaError('invalid-input', message, { details: { field } });
}
