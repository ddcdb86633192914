import { describe, expect, it } from 'vitest';
import { OllamaMessages, toGenerationMessages } from './messages.ts';

const map = (messages: unknown[]) => toGenerationMessages(OllamaMessages.parse(messages));
const call = (name: string, args: object = {}) => ({ function: { name, arguments: args } });

describe('turns of a conversation', () => {
  it('joins an answer to its call by name, and by order where there is no name', () => {
    const mapped = map([
      { role: 'user', content: 'both doors' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [call('lock', { door: 1 }), call('unlock', { door: 2 })],
      },
      { role: 'tool', tool_name: 'unlock', content: 'open' },
      { role: 'tool', content: 'shut' },
    ]);
    expect(mapped).toMatchObject({
      ok: true,
      messages: [
        { role: 'user' },
        {
          toolCalls: [
            { id: 'call_1_0', name: 'lock', arguments: '{"door":1}' },
            { id: 'call_1_1', name: 'unlock', arguments: '{"door":2}' },
          ],
        },
        { role: 'tool', content: 'open', toolCallId: 'call_1_1' },
        { role: 'tool', content: 'shut', toolCallId: 'call_1_0' },
      ],
    });
  });

  it('keeps the ids that a client sends', () => {
    const mapped = map([
      {
        role: 'assistant',
        tool_calls: [
          { id: 'a', ...call('lock') },
          { id: 'b', ...call('lock') },
        ],
      },
      { role: 'tool', tool_call_id: 'b', content: 'second' },
    ]);
    expect(mapped).toMatchObject({ messages: [{}, { toolCallId: 'b' }] });
  });

  it('goes by name, and then by order, where only the answers have ids', () => {
    const mapped = map([
      { role: 'assistant', tool_calls: [call('lock'), { id: '', ...call('unlock') }] },
      { role: 'tool', tool_call_id: 'x', tool_name: 'unlock', content: 'open' },
      { role: 'tool', tool_call_id: 'y', content: 'shut' },
    ]);
    expect(mapped).toMatchObject({
      messages: [{}, { toolCallId: 'call_0_1' }, { toolCallId: 'call_0_0' }],
    });
  });

  it('takes the place of a call beside its function, as Open WebUI sends it, and within', () => {
    const lock = { index: 0, function: { index: 0, name: 'lock', arguments: {} } };
    expect(map([{ role: 'assistant', tool_calls: [lock] }]).ok).toBe(true);
  });

  it('takes the thinking of an earlier turn and does not show it again', () => {
    expect(map([{ role: 'assistant', content: 'Yes.', thinking: 'Hm.' }])).toEqual({
      ok: true,
      messages: [{ role: 'assistant', content: 'Yes.', toolCalls: [] }],
    });
  });

  it.each([
    [[{ role: 'tool', content: 'x' }], 'messages[0]'],
    [
      [
        { role: 'assistant', tool_calls: [call('lock')] },
        { role: 'tool', tool_name: 'open', content: '' },
      ],
      'messages[1]',
    ],
    [
      [
        { role: 'assistant', tool_calls: [{ id: 'a', ...call('lock') }] },
        { role: 'tool', tool_call_id: 'b', tool_name: 'lock', content: '' },
      ],
      'messages[1]',
    ],
    [[{ role: 'user', content: 'x', thinking: 'y' }], 'messages[0].thinking'],
    [[{ role: 'user', content: 'x', tool_calls: [call('lock')] }], 'messages[0].tool_calls'],
    [[{ role: 'user', content: 'x', tool_name: 'lock' }], 'messages[0].tool_name'],
  ])('refuses what has no place: %j', (messages, field) => {
    expect(map(messages)).toMatchObject({ ok: false, error: { details: { field } } });
  });
});
