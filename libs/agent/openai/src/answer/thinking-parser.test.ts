import { describe, expect, it } from 'vitest';
import { createThinkingParser } from './thinking-parser.ts';

const marks = { open: '<think>', close: '</think>' };

function run(pieces: readonly string[], startsInside = false) {
  const parser = createThinkingParser({ marks, startsInside });
  const found = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.flush()];
  const of = (kind: string): string =>
    found.flatMap((piece) => (piece.kind === kind ? [piece.text] : [])).join('');
  return { thinking: of('thinking'), text: of('text'), from: parser.textFrom };
}

describe('createThinkingParser', () => {
  it.each([
    ['<think>\nHm.\n</think>\n\nYes.', false, { thinking: 'Hm.', text: 'Yes.', from: 22 }],
    ['Hm. <b>\n</think>\nYes.', true, { thinking: 'Hm. <b>', text: 'Yes.', from: 17 }],
    ['</think>Yes.', true, { thinking: '', text: 'Yes.', from: 8 }],
    ['<think>never ends ', false, { thinking: 'never ends', text: '', from: undefined }],
    [' Yes, <think>no</think>', false, { thinking: '', text: ' Yes, <think>no</think>', from: 0 }],
    ['<think>a</think>b<think>c', false, { thinking: 'a', text: 'b<think>c', from: 16 }],
    ['<thin', false, { thinking: '', text: '<thin', from: 0 }],
    ['<think>a</think> \n', false, { thinking: 'a', text: '', from: undefined }],
    ['', false, { thinking: '', text: '', from: 0 }],
  ])('splits %j (begun inside: %s)', (text, startsInside, expected) => {
    expect(run([text], startsInside)).toEqual(expected);
    for (let cut = 0; cut <= text.length; cut += 1)
      expect(run([text.slice(0, cut), text.slice(cut)], startsInside)).toEqual(expected);
    expect(run([...text], startsInside)).toEqual(expected);
  });

  it('shows thinking as it comes', () => {
    const parser = createThinkingParser({ marks, startsInside: true });
    expect(parser.push('one two </th')).toEqual([{ kind: 'thinking', text: 'one two' }]);
  });
});
