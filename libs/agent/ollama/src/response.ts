import type { FinishReason, TokenLogprob, TokenUsage, ToolCall } from '@flotilla/agent-openai';

/** Ollama tells every duration in nanoseconds, as a whole number. */
export function nanoseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1e6));
}

/** How an answer ended, with what it took. Times in milliseconds; `totalMs` from the request to its last token. */
export interface OllamaEnd {
  reason: FinishReason;
  usage: TokenUsage;
  totalMs: number;
  promptMs: number;
  generationMs: number;
}

/** A piece of an answer; what is empty is left out. */
export interface OllamaPiece {
  text?: string;
  thinking?: string;
  calls?: readonly ToolCall[];
  /** Calls that came in earlier pieces. Default 0. */
  callsBefore?: number;
  logprobs?: readonly TokenLogprob[];
}

/** Which of the two routes an answer is written for. */
export type OllamaRoute = 'chat' | 'generate';

export interface OllamaHead {
  route: OllamaRoute;
  /** The service, whatever variant serves it. */
  model: string;
}

/** One object of a stream, or the whole answer where `end` comes with everything before it. `at` in Unix milliseconds. */
export function ollamaAnswer(head: OllamaHead, at: number, piece: OllamaPiece, end?: OllamaEnd) {
  return {
    model: head.model,
    created_at: new Date(at).toISOString(),
    ...(head.route === 'chat' ? { message: message(piece) } : generated(piece)),
    ...(piece.logprobs === undefined ? {} : { logprobs: piece.logprobs.map(wireLogprob) }),
    done: end !== undefined,
    ...(end === undefined ? {} : ending(end)),
  };
}

/** What Ollama answers when a request only wants the model loaded, or unloaded. */
export function residencyAnswer(head: OllamaHead, at: number, done: 'load' | 'unload') {
  return { ...ollamaAnswer(head, at, {}), done: true, done_reason: done };
}

/** One line of a stream. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function message({ text = '', thinking, calls = [], callsBefore = 0 }: OllamaPiece) {
  return {
    role: 'assistant' as const,
    content: text,
    ...(thinking === undefined || thinking === '' ? {} : { thinking }),
    ...(calls.length === 0
      ? {}
      : { tool_calls: calls.map((call, index) => wireCall(call, callsBefore + index)) }),
  };
}

function generated({ text = '', thinking }: OllamaPiece) {
  return { response: text, ...(thinking === undefined || thinking === '' ? {} : { thinking }) };
}

function wireCall(call: ToolCall, index: number) {
  return { id: call.id, function: { index, name: call.name, arguments: argumentsOf(call.arguments) } };
}

/** Clients expect an object; what the model wrote in another form is given as it is, for them to judge. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function wireLogprob({ token, bytes, logprob, top }: TokenLogprob) {
  return {
    token,
    logprob,
    bytes,
    ...(top.length === 0
      ? {}
      : {
          top_logprobs: top.map((choice) => ({
            token: choice.token,
            logprob: choice.logprob,
            bytes: choice.bytes,
          })),
        }),
  };
}

function ending({ reason, usage, totalMs, promptMs, generationMs }: OllamaEnd) {
  return {
    done_reason: reason,
    total_duration: nanoseconds(totalMs),
    // As in Ollama, all the time before the prompt was read: waiting for its turn, and for the model where it slept.
    load_duration: nanoseconds(totalMs - promptMs - generationMs),
    prompt_eval_count: usage.promptTokens,
    prompt_eval_duration: nanoseconds(promptMs),
    eval_count: usage.completionTokens,
    eval_duration: nanoseconds(generationMs),
  };
}
