import { describe, expect, it } from 'vitest';
import { jsonLine, ollamaAnswer, residencyAnswer } from './response.ts';

const AT = Date.UTC(2026, 10, 23, 18, 0, 0);
const END = {
  reason: 'stop' as const,
  usage: { promptTokens: 12, cachedTokens: 8, completionTokens: 3, reasoningTokens: 0 },
  totalMs: 20.5,
  promptMs: 4.25,
  generationMs: 10,
};
const head = (route: 'chat' | 'generate') => ({ route, model: 'assistant' });

describe('an answer in Ollama’s words', () => {
  it('tells counts, and durations as whole nanoseconds, at its end', () => {
    expect(ollamaAnswer(head('chat'), AT, { text: 'Hi' }, END)).toEqual({
      model: 'assistant',
      created_at: '2026-11-23T18:00:00.000Z',
      message: { role: 'assistant', content: 'Hi' },
      done: true,
      done_reason: 'stop',
      total_duration: 20_500_000,
      load_duration: 6_250_000,
      prompt_eval_count: 12,
      prompt_eval_duration: 4_250_000,
      eval_count: 3,
      eval_duration: 10_000_000,
    });
  });

  it('keeps thinking apart from what is said, in both routes', () => {
    const piece = { thinking: 'Hm.', text: '' };
    expect(ollamaAnswer(head('chat'), AT, piece)).toMatchObject({
      message: { content: '', thinking: 'Hm.' },
      done: false,
    });
    expect(ollamaAnswer(head('generate'), AT, piece)).toMatchObject({ response: '', thinking: 'Hm.' });
  });

  it('gives the arguments of a call as an object, and as text where they are no JSON', () => {
    const calls = [
      { id: 'a', name: 'lock', arguments: '{"door":2}' },
      { id: 'b', name: 'say', arguments: 'hello' },
    ];
    expect(ollamaAnswer(head('chat'), AT, { calls })).toMatchObject({
      message: {
        tool_calls: [
          { id: 'a', function: { index: 0, name: 'lock', arguments: { door: 2 } } },
          { id: 'b', function: { index: 1, name: 'say', arguments: 'hello' } },
        ],
      },
    });
  });

  it('gives log-probabilities with the alternatives that were asked for', () => {
    const top = [{ token: 'Hi', bytes: [72, 105], logprob: -0.1 }];
    const token = { token: 'Hi', bytes: [72, 105], logprob: -0.1 };
    expect(
      ollamaAnswer(head('generate'), AT, {
        logprobs: [
          { ...token, top: [] },
          { ...token, top },
        ],
      }).logprobs,
    ).toEqual([token, { ...token, top_logprobs: top }]);
  });

  it.each(['load', 'unload'] as const)(
    'says that a model was only to be had in memory, or not: %s',
    (done) => {
      expect(residencyAnswer(head('generate'), AT, done)).toMatchObject({
        response: '',
        done: true,
        done_reason: done,
      });
    },
  );

  it('is one line, whatever is in it', () => {
    expect(jsonLine(ollamaAnswer(head('chat'), AT, { text: 'a\nb\u2028c' })).split('\n')).toHaveLength(2);
  });
});
