import { describe, expect, it } from 'vitest';
import { AnthropicMessages, toGenerationMessages } from './messages.ts';

const map = (messages: unknown[]) =>
  toGenerationMessages({ system: undefined, messages: AnthropicMessages.parse(messages) });
const user = (...content: unknown[]) => ({ role: 'user', content });
const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
const text = (said: string) => ({ type: 'text', text: said });
const use = (id: string) => ({ type: 'tool_use', id, name: 'lock', input: { door: 2 } });
const result = (id: string, more: object = {}) => ({ type: 'tool_result', tool_use_id: id, ...more });

describe('turns of a conversation', () => {
  it('gives the results of calls as turns of their own, before what the user says with them', () => {
    expect(
      map([
        user(text('lock it')),
        assistant(text('Sure.'), use('a'), use('b')),
        user(
          result('b', { content: 'stuck', is_error: true }),
          result('a', { content: [text('shut'), text('tight')] }),
          text('and now?'),
        ),
      ]),
    ).toEqual({
      ok: true,
      messages: [
        { role: 'user', content: 'lock it' },
        {
          role: 'assistant',
          content: 'Sure.',
          toolCalls: [
            { id: 'a', name: 'lock', arguments: '{"door":2}' },
            { id: 'b', name: 'lock', arguments: '{"door":2}' },
          ],
        },
        { role: 'tool', toolCallId: 'b', content: 'Error: stuck' },
        { role: 'tool', toolCallId: 'a', content: 'shut\n\ntight' },
        { role: 'user', content: 'and now?' },
      ],
    });
  });

  it('makes one turn of several by the same role', () => {
    expect(
      map([user(text('a')), user(text('b')), assistant(text('c')), assistant(use('x')), user(text('d'))]),
    ).toEqual({
      ok: true,
      messages: [
        { role: 'user', content: 'a\n\nb' },
        { role: 'assistant', content: 'c', toolCalls: [{ id: 'x', name: 'lock', arguments: '{"door":2}' }] },
        { role: 'user', content: 'd' },
      ],
    });
  });

  it('takes earlier thinking and does not show it again', () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: '' };
    const redacted = { type: 'redacted_thinking', data: 'xx' };
    expect(map([user(text('a')), assistant(thinking, redacted, text('b')), user(text('c'))])).toMatchObject({
      messages: [{}, { content: 'b' }, {}],
    });
  });

  it.each([
    [[user({ type: 'image', source: {} })], 'messages[0].content[0]'],
    [[user(text('see'), { type: 'document', source: {} })], 'messages[0].content[1]'],
    [
      [assistant({ type: 'server_tool_use', id: 'x', name: 'web_search', input: {} })],
      'messages[0].content[0]',
    ],
    [[user(result('a'))], 'messages[0].content[0].tool_use_id'],
    [
      [assistant(use('a')), user(result('a', { content: [{ type: 'image' }] }))],
      'messages[1].content[0].content[0]',
    ],
    [[user(use('a'))], 'messages[0].content[0]'],
    [[assistant(use('a'), result('a'))], 'messages[0].content[1]'],
    [[user(text('a\ud800'))], 'messages[0].content[0].text'],
    [[user({ type: 'text' })], 'messages[0].content[0].text'],
    [[user({ ...text('a'), size: 3 })], 'messages[0].content[0].size'],
    [[assistant({ ...use('a'), name: 'no spaces' })], 'messages[0].content[0].name'],
  ])('refuses a block by its place: %j', (messages, field) => {
    expect(map(messages)).toMatchObject({ ok: false, error: { details: { field } } });
  });
});
