import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToolCallParser, type ToolCallPiece } from './tool-call-parser.ts';

function run(pieces: readonly string[]): ToolCallPiece[] {
  const parser = createToolCallParser();
  const found = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.flush()];
  return found.reduce<ToolCallPiece[]>((joined, piece) => {
    const last = joined.at(-1);
    if (piece.kind === 'text' && last?.kind === 'text')
      return [...joined.slice(0, -1), { kind: 'text', text: last.text + piece.text }];
    return [...joined, piece];
  }, []);
}

const CALL = '<tool_call>\n{"name": "set_temperature", "arguments": {"celsius": 21}}\n</tool_call>';
const PARSED: ToolCallPiece = { kind: 'call', name: 'set_temperature', arguments: '{"celsius":21}' };

describe('createToolCallParser', () => {
  it('finds a call and drops the white space around it', () => {
    expect(run([`Right away.\n${CALL}\n`])).toEqual([{ kind: 'text', text: 'Right away.' }, PARSED]);
  });

  it('finds several calls', () => {
    expect(run([`${CALL}\n${CALL}`])).toEqual([PARSED, PARSED]);
  });

  it('takes a call whose end mark never came', () => {
    expect(run(['<tool_call>{"name":"a"}'])).toEqual([{ kind: 'call', name: 'a', arguments: '{}' }]);
  });

  it('hands back what is no call as the text it was', () => {
    const text = 'see <tool_call>not json</tool_call> there';
    expect(run([text])).toEqual([{ kind: 'text', text }]);
  });

  it('keeps arguments that came as a JSON text', () => {
    expect(run(['<tool_call>{"name":"a","arguments":"{\\"b\\":1}"}</tool_call>'])).toEqual([
      { kind: 'call', name: 'a', arguments: '{"b":1}' },
    ]);
  });

  it('shows text at once that cannot begin a call', () => {
    expect(createToolCallParser().push('hello <to')).toEqual([{ kind: 'text', text: 'hello' }]);
  });

  it('finds the same wherever the text is split', () => {
    const samples = [
      `Hi ${CALL} bye`,
      `${CALL}${CALL}`,
      `a < b <tool\n${CALL}`,
      '  <tool_call>oops</tool_call> x ',
      'plain  text ',
      `${CALL}\n \n`,
    ];
    for (const text of samples) {
      const whole = run([text]);
      for (let cut = 0; cut <= text.length; cut += 1)
        expect(run([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
      expect(run([...text])).toEqual(whole);
    }
  });

  it('finds the same in any pieces of any text', () => {
    const part = fc.constantFrom('<tool_call>', '</tool_call>', '{"name":"f"}', ' ', '\n', '<', 'word', CALL);
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        (parts, cuts) => {
          const text = parts.join('');
          const edges = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
          expect(run(edges.slice(1).map((edge, index) => text.slice(edges[index], edge)))).toEqual(
            run([text]),
          );
        },
      ),
    );
  });
});
