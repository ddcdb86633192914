import type { FinishReason, TokenLogprob, TokenUsage, ToolCall } from '../generation.ts';
import { wireLogprob } from '../logprobs.ts';
import type { AnswerHead } from '../response.ts';
import type { ResponseBody } from './request.ts';
import { endStatus, wireResponse, type OutputItem, type OutputText, type WireResponse } from './response.ts';

/** What an answer brings, piece by piece. */
export type ResponsePiece =
  | { kind: 'thinking'; text: string }
  | { kind: 'text'; text: string; logprobs?: readonly TokenLogprob[] }
  | { kind: 'call'; call: ToolCall }
  | { kind: 'call-started'; id: string; name: string }
  | { kind: 'call-arguments'; text: string }
  | { kind: 'call-ended' | 'call-broken' }
  | { kind: 'finished'; reason: FinishReason; usage: TokenUsage };

/** One event of a stream; its type is also the name of the server-sent event. */
export type ResponseEvent = { type: string; sequence_number: number } & Record<string, unknown>;

export interface ResponseWriter {
  /** The first two events. */
  begin(): ResponseEvent[];
  /** The events of a piece; of `finished` those that close what is open, not yet the last one. */
  push(piece: ResponsePiece): ResponseEvent[];
  /** The last event, once the response has been kept or not. */
  end(stored: boolean): ResponseEvent;
  /** The last event of an answer that broke. */
  fail(error: { code: string; message: string }): ResponseEvent;
  response(stored: boolean): WireResponse;
}

export interface ResponseWriterOptions {
  head: AnswerHead;
  body: ResponseBody;
  /** Whether it is to be kept. */
  store: boolean;
  newId: (prefix: string) => string;
}

/** Writes one response: the same pieces give the same object, streamed or not. */
export function createResponseWriter({ head, body, store, newId }: ResponseWriterOptions): ResponseWriter {
  const output: OutputItem[] = [];
  let sequence = 0;
  let open: OutputItem | undefined;
  let finished: { reason: FinishReason; usage: TokenUsage } | undefined;
  let failure: { code: string; message: string } | undefined;

  const event = (type: string, fields: Record<string, unknown>): ResponseEvent => ({
    type,
    sequence_number: sequence++,
    ...fields,
  });
  const at = () => ({ output_index: output.length - 1 });
  const within = (item: OutputItem) => ({ item_id: item.id, ...at(), content_index: 0 });

  function response(stored: boolean): WireResponse {
    const status = failure ? 'failed' : finished ? endStatus(finished.reason) : 'in_progress';
    // A copy: an event shows the response as it is now.
    return wireResponse(
      head,
      { body, stored },
      { status, output: structuredClone(output), usage: finished?.usage, error: failure },
    );
  }

  function add(item: OutputItem): ResponseEvent {
    output.push(item);
    open = item;
    return event('response.output_item.added', { ...at(), item: structuredClone(item) });
  }

  function close(status: 'completed' | 'incomplete' = 'completed'): ResponseEvent[] {
    const item = open;
    if (item === undefined) return [];
    open = undefined;
    item.status = status;
    const done = event.bind(undefined, 'response.output_item.done');
    switch (item.type) {
      case 'function_call': {
        const { id, name, arguments: text } = item;
        return [
          event('response.function_call_arguments.done', { item_id: id, ...at(), name, arguments: text }),
          done({ ...at(), item }),
        ];
      }
      case 'message': {
        const [part] = item.content;
        return [
          event('response.output_text.done', { ...within(item), text: part?.text, logprobs: part?.logprobs }),
          event('response.content_part.done', { ...within(item), part }),
          done({ ...at(), item }),
        ];
      }
      case 'reasoning': {
        const [part] = item.content;
        return [
          event('response.reasoning_text.done', { ...within(item), text: part?.text }),
          event('response.content_part.done', { ...within(item), part }),
          done({ ...at(), item }),
        ];
      }
    }
  }

  function think(text: string): ResponseEvent[] {
    const events: ResponseEvent[] = [];
    let item = open?.type === 'reasoning' ? open : undefined;
    if (item === undefined) {
      events.push(...close());
      item = { id: newId('rs'), type: 'reasoning', summary: [], content: [], status: 'in_progress' };
      events.push(add(item));
      const part = { type: 'reasoning_text' as const, text: '' };
      item.content.push(part);
      events.push(event('response.content_part.added', { ...within(item), part: { ...part } }));
    }
    const [part] = item.content;
    if (part !== undefined) part.text += text;
    return [...events, event('response.reasoning_text.delta', { ...within(item), delta: text })];
  }

  function say(text: string, logprobs: readonly TokenLogprob[] = []): ResponseEvent[] {
    const events: ResponseEvent[] = [];
    let item = open?.type === 'message' ? open : undefined;
    if (item === undefined) {
      events.push(...close());
      item = { id: newId('msg'), type: 'message', role: 'assistant', status: 'in_progress', content: [] };
      events.push(add(item));
      const part: OutputText = { type: 'output_text', text: '', annotations: [], logprobs: [] };
      item.content.push(part);
      events.push(event('response.content_part.added', { ...within(item), part: structuredClone(part) }));
    }
    const [part] = item.content;
    const wired = logprobs.map(wireLogprob);
    if (part !== undefined) {
      part.text += text;
      part.logprobs.push(...wired);
    }
    return [
      ...events,
      event('response.output_text.delta', { ...within(item), delta: text, logprobs: wired }),
    ];
  }

  function startCall({ id, name }: Pick<ToolCall, 'id' | 'name'>): ResponseEvent[] {
    return [
      ...close(),
      add({
        id: newId('fc'),
        type: 'function_call',
        status: 'in_progress',
        call_id: id,
        name,
        arguments: '',
      }),
    ];
  }

  function growCall(text: string): ResponseEvent[] {
    if (open?.type !== 'function_call') return [];
    open.arguments += text;
    return [event('response.function_call_arguments.delta', { item_id: open.id, ...at(), delta: text })];
  }

  return {
    begin: () => [
      event('response.created', { response: response(store) }),
      event('response.in_progress', { response: response(store) }),
    ],
    push(piece) {
      switch (piece.kind) {
        case 'thinking':
          return think(piece.text);
        case 'text':
          return say(piece.text, piece.logprobs);
        case 'call':
          return [...startCall(piece.call), ...growCall(piece.call.arguments), ...close()];
        case 'call-started':
          return startCall(piece);
        case 'call-arguments':
          return growCall(piece.text);
        case 'call-ended':
          return close();
        case 'call-broken':
          return close('incomplete');
        case 'finished': {
          // An answer without a word is an empty message, as with every other API.
          const empty = output.length === 0 ? say('') : [];
          finished = { reason: piece.reason, usage: piece.usage };
          return [...empty, ...close(endStatus(piece.reason))];
        }
      }
    },
    end(stored) {
      const ended = response(stored);
      return event(`response.${ended.status}`, { response: ended });
    },
    fail(error) {
      failure = error;
      if (open !== undefined) open.status = 'incomplete';
      return event('response.failed', { response: response(false) });
    },
    response,
  };
}
