import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createToolCallParser, type ToolCallPiece } from './tool-call-parser.ts';

/** What a parser finds, neighbours of one kind joined: where a text was cut must not show. */
function run(pieces: readonly string[]): ToolCallPiece[] {
  const parser = createToolCallParser();
  const found = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.flush()];
  return found.reduce<ToolCallPiece[]>((joined, piece) => {
    const last = joined.at(-1);
    if (last?.kind === 'text' && piece.kind === 'text')
      return [...joined.slice(0, -1), { kind: 'text', text: last.text + piece.text }];
    if (last?.kind === 'call-arguments' && piece.kind === 'call-arguments')
      return [...joined.slice(0, -1), { kind: 'call-arguments', text: last.text + piece.text }];
    return [...joined, piece];
  }, []);
}

const called = (name: string, text: string): ToolCallPiece[] => [
  { kind: 'call-started', name },
  { kind: 'call-arguments', text },
  { kind: 'call-ended' },
];
const broken = (name: string, shown: string, text: string): ToolCallPiece[] => [
  { kind: 'call-started', name },
  { kind: 'call-arguments', text: shown },
  { kind: 'call-broken', text },
];
const said = (text: string): ToolCallPiece => ({ kind: 'text', text });

const CALL = '<tool_call>\n{"name": "set_temperature", "arguments": {"celsius": 21}}\n</tool_call>';
const PARSED = called('set_temperature', '{"celsius": 21}');

describe('createToolCallParser', () => {
  it('finds a call and drops the white space around it', () => {
    expect(run([`Right away.\n${CALL}\n`])).toEqual([said('Right away.'), ...PARSED]);
  });

  it('finds several calls', () => {
    expect(run([`${CALL}\n${CALL}`])).toEqual([...PARSED, ...PARSED]);
  });

  it('takes a call whose end mark never came', () => {
    expect(run(['<tool_call>{"name":"a"}'])).toEqual(called('a', '{}'));
  });

  it('shows nothing of a mark that was cut behind a whole call', () => {
    for (const call of [
      CALL,
      '<tool_call>{"arguments":{"celsius": 21},"name":"set_temperature"}</tool_call>',
    ])
      for (let cut = call.lastIndexOf('}') + 1; cut < call.length; cut += 1)
        expect(run([call.slice(0, cut)]).filter(({ kind }) => kind === 'text')).toEqual([]);
    for (let cut = 1; cut < '<tool_call>'.length; cut += 1)
      expect(run([`${CALL}\n${'<tool_call>'.slice(0, cut)}`])).toEqual(PARSED);
    expect(run([`${CALL} a < b`])).toEqual([...PARSED, said('a < b')]);
  });

  it('hands back what is no call as the text it was', () => {
    const text = 'see <tool_call>not json</tool_call> there';
    expect(run([text])).toEqual([said(text)]);
  });

  it('keeps arguments that came as a JSON text', () => {
    expect(run(['<tool_call>{"name":"a","arguments":"{\\"b\\":1}"}</tool_call>'])).toEqual(
      called('a', '{"b":1}'),
    );
  });

  it('shows text at once that cannot begin a call', () => {
    expect(createToolCallParser().push('hello <to')).toEqual([said('hello')]);
  });

  it('shows arguments as they are written, character by character', () => {
    const parser = createToolCallParser();
    expect(parser.push('<tool_call>{"name":"a","arguments":')).toEqual([]);
    const shown = Array.from('{"b":[1,"}"]}', (character) => parser.push(character));
    expect(shown[0]).toEqual([
      { kind: 'call-started', name: 'a' },
      { kind: 'call-arguments', text: '{' },
    ]);
    expect(shown.slice(1)).toEqual(Array.from('"b":[1,"}"]}', (text) => [{ kind: 'call-arguments', text }]));
    expect(parser.push('}</tool_call>')).toEqual([{ kind: 'call-ended' }]);
  });

  it('keeps arguments to the letter: white space, numbers no double can hold, marks inside a string', () => {
    const text = '{ "id" : 12345678901234567890, "html": "</tool_call> \\" {" }';
    expect(run([`<tool_call>{"name":"a","arguments": ${text} }</tool_call>`])).toEqual(called('a', text));
  });

  it('takes calls in another order, and with members of no meaning', () => {
    const turned = '<tool_call>{"arguments": {"b": 1}, "name": "a"}</tool_call>';
    expect(run([turned])).toEqual(called('a', '{"b":1}'));
    const more = '<tool_call>{"name":"a","arguments":{"b":1},"id":"7"}</tool_call>';
    expect(run([more])).toEqual(called('a', '{"b":1}'));
  });

  it('takes a call whose arguments are whole, and gives back what else stands there', () => {
    expect(run(['<tool_call>{"name":"a","arguments":{"b":1}</tool_call>'])).toEqual(called('a', '{"b":1}'));
    expect(run(['<tool_call>{"name":"a","arguments":{}} then\n</tool_call> this'])).toEqual([
      ...called('a', '{}'),
      said('then this'),
    ]);
  });

  it.each([
    ['cut off', '{"b": "x', ''],
    ['closed too early', '{"b": [1, 2</tool_call>', '</tool_call>'],
    ['no JSON', "{'b': 1}}</tool_call>", '</tool_call>'],
    ['a line break inside a string', '{"b": "x\n"}}</tool_call>', '</tool_call>'],
  ])('hands back a call whose arguments are %s as the text it was', (_, written, mark) => {
    const text = ` <tool_call>{"name":"a","arguments":${written}`;
    const shown = written.slice(0, written.length - mark.length);
    expect(run([`Well,${text}`])).toEqual([said('Well,'), ...broken('a', shown, text)]);
  });

  it('goes on with text and calls behind one that was broken', () => {
    const text = `<tool_call>{"name":"a","arguments":{b}}</tool_call> so\n${CALL}`;
    expect(run([text])).toEqual([
      ...broken('a', '{b}}', '<tool_call>{"name":"a","arguments":{b}}</tool_call>'),
      said(' so'),
      ...PARSED,
    ]);
  });

  it('finds the same wherever the text is split', () => {
    const samples = [
      `Hi ${CALL} bye`,
      `${CALL}${CALL}`,
      `a < b <tool\n${CALL}`,
      '  <tool_call>oops</tool_call> x ',
      'plain  text ',
      `${CALL}\n \n`,
      '<tool_call>{"name":"a","arguments":{"b":"\\u00e9 \\" </tool_call>"}} </tool_call>.',
      '<tool_call>{"name":"a","arguments":{"b":</tool_call> x',
      '<tool_call>{"name":"a","arguments":{"b":1',
      '<tool_call>{"name":"a","arguments":{}} left </tool_call> over',
      '<tool_call>{"arguments":{},"name":"a"}</tool_call>',
    ];
    for (const text of samples) {
      const whole = run([text]);
      for (let cut = 0; cut <= text.length; cut += 1)
        expect(run([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
      expect(run([...text])).toEqual(whole);
    }
  });

  it('finds the same in any pieces of any text', () => {
    const part = fc.constantFrom(
      ...[
        '<tool_call>',
        '</tool_call>',
        '{"name":"f"}',
        '{"name":"f","arguments":',
        '{"a":1}',
        '{',
        '}',
        '"',
      ],
      ...[' ', '\n', '<', 'word', '\\', CALL],
    );
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
