import { describe, expect, it } from 'vitest';
import { ResponseInput, readInput, refusedOutput, type ConversationItem } from './items.ts';

const CALL: ConversationItem = {
  id: 'fc_1',
  type: 'function_call',
  callId: 'c1',
  name: 'lock',
  arguments: '{}',
};

function read(input: unknown, kept: Record<string, readonly ConversationItem[]> = {}) {
  return readInput(ResponseInput.parse(input), {
    newId: (prefix) => `${prefix}_new`,
    keptItem: (id) => kept[id],
  });
}

function refusal(input: unknown, kept: Record<string, readonly ConversationItem[]> = {}): unknown {
  const answer = read(input, kept);
  return answer.ok ? 'accepted' : [answer.error.code, answer.error.details.field];
}

const reference = (id: string) => ({ type: 'item_reference', id });
const output = (call_id: string) => ({ type: 'function_call_output', call_id, output: 'done' });
const said = (part: object) => [{ role: 'assistant', content: [part] }];

describe('references to items that were kept', () => {
  it('become what they name, thinking nothing, and outputs find their calls behind them', () => {
    const kept = { fc_1: [CALL], rs_1: [] };
    const answer = read([reference('rs_1'), { id: 'fc_1' }, output('c1')], kept);
    expect(answer).toEqual({
      ok: true,
      items: [CALL, { id: 'fco_new', type: 'function_call_output', callId: 'c1', output: 'done' }],
      orphans: [],
    });
  });

  it.each([
    ['not-found', [reference('fc_2')], 'input[0].id'],
    ['invalid-input', [reference('fc_1'), reference('fc_1')], 'input[1].id'],
    ['invalid-input', [{ type: 'item_reference' }], 'input[0].id'],
    ['unsupported-parameter', [{ ...reference('fc_1'), extra: 1 }], 'input[0].extra'],
  ])('are refused as %s by name', (code, input, field) => {
    expect(refusal(input, { fc_1: [CALL] })).toEqual([code, field]);
  });
});

describe('an output without a call in its request', () => {
  const answer = read([{ type: 'reasoning', summary: [] }, output('c1')]);
  const orphans = answer.ok ? answer.orphans : [];

  it('may answer one that was made before', () => {
    expect(refusedOutput(orphans, [CALL])).toBeUndefined();
  });

  it('is refused by its own place else', () => {
    expect(refusedOutput(orphans, [])?.details.field).toBe('input[1].call_id');
  });
});

describe('parts of items', () => {
  it.each([
    ['what our answers carry', { type: 'output_text', text: 'a', annotations: [], logprobs: [] }],
    ['what openai’s `parse` adds', { type: 'output_text', text: 'a', parsed: { b: 1 } }],
    ['a hint about caching', { type: 'input_text', text: 'a', cache_control: { type: 'ephemeral' } }],
  ])('may have %s', (_, part) => {
    expect(refusal(said(part))).toBe('accepted');
  });

  it.each([
    ['unsupported-parameter', { type: 'input_text', text: 'a', foo: 1 }, 'input[0].content[0].foo'],
    ['unsupported-parameter', { type: 'output_text', text: 'a', foo: 1 }, 'input[0].content[0].foo'],
    ['unsupported-parameter', { type: 'input_image' }, 'input[0].content[0]'],
    ['invalid-input', { type: 'output_text', text: '\ud800' }, 'input[0].content[0].text'],
    ['invalid-input', { type: 'input_text' }, 'input[0].content[0].text'],
  ])('are refused as %s by name: %j', (code, part, field) => {
    expect(refusal(said(part))).toEqual([code, field]);
  });

  it('are read as strictly in the output of a function', () => {
    const parts = [{ type: 'input_text', text: 'a', foo: 1 }];
    expect(refusal([{ ...output('c1'), output: parts }])).toEqual([
      'unsupported-parameter',
      'input[0].output[0].foo',
    ]);
  });
});

it('takes a call with the arguments that openai’s `parse` adds', () => {
  const { callId: call_id, id, type, name, arguments: text } = CALL;
  const call = { id, type, name, call_id, arguments: text, status: 'completed', parsed_arguments: {} };
  expect(read([call])).toMatchObject({ items: [CALL] });
});
