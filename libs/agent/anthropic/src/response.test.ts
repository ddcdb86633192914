import { describe, expect, it } from 'vitest';
import { anthropicMessage, inputOf, stopOf, textBlock, type MessageEnd } from './response.ts';

const END: MessageEnd = {
  reason: 'stop',
  stop: undefined,
  usage: { promptTokens: 10, cachedTokens: 4, completionTokens: 50, reasoningTokens: 0 },
  calls: 0,
  maxTokens: 50,
};

describe('why an answer ended', () => {
  it.each<[Partial<MessageEnd>, string, string | null]>([
    [{}, 'end_turn', null],
    [{ calls: 1 }, 'tool_use', null],
    [{ stop: 'END' }, 'stop_sequence', 'END'],
    [{ reason: 'length' }, 'max_tokens', null],
    [{ reason: 'length', calls: 1 }, 'max_tokens', null],
    [{ reason: 'length', maxTokens: 60 }, 'model_context_window_exceeded', null],
  ])('%j', (change, reason, sequence) => {
    expect(stopOf({ ...END, ...change })).toEqual({ stop_reason: reason, stop_sequence: sequence });
  });
});

describe('a whole message', () => {
  it('has no null where a client reads a list', () => {
    expect(textBlock('Hi')).toEqual({ type: 'text', text: 'Hi' });
  });

  it('counts cached tokens apart', () => {
    expect(anthropicMessage({ id: 'msg_1', model: 'assistant' }, [textBlock('Hi')], END)).toMatchObject({
      id: 'msg_1',
      type: 'message',
      model: 'assistant',
      content: [{ type: 'text', text: 'Hi' }],
      stop_reason: 'end_turn',
      usage: {
        input_tokens: 6,
        cache_read_input_tokens: 4,
        cache_creation_input_tokens: 0,
        output_tokens: 50,
      },
    });
  });

  it.each([
    ['{"door":2}', { door: 2 }],
    ['[1]', { value: [1] }],
    ['lock it', { value: 'lock it' }],
  ])('gives the input of a call as an object: %s', (text, input) => {
    expect(inputOf({ id: 'a', name: 'lock', arguments: text })).toEqual(input);
  });
});
