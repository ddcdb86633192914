import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  it('reads a command with its operands and the settings it changes', () => {
    const invocation = parseArguments([
      'join',
      'flt1.abc',
      '--data',
      '/box',
      '--label',
      'site=a',
      '--label',
      'b=c',
      '--force',
    ]);
    expect(invocation).toMatchObject({
      kind: 'command',
      command: 'join',
      operands: ['flt1.abc'],
      flags: { dataFolder: '/box', labels: ['site=a', 'b=c'], 'http.port': undefined },
      force: true,
      json: false,
    });
  });

  it.each([[[]], [['--help']], [['run', '-h']]])('shows help for %j', (args) => {
    expect(parseArguments(args)).toEqual({ kind: 'help' });
  });

  it('shows its version', () => {
    expect(parseArguments(['--version'])).toEqual({ kind: 'version' });
  });

  it.each([
    [['statsu'], 'status'],
    [['run', '--prot', '1'], '--port'],
    [['run', '--prot=1'], '--port'],
  ])('names what was probably meant by %j', (args, meant) => {
    expect(() => parseArguments(args)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        message: expect.stringContaining(`Did you mean ${meant}?`) as string,
      }),
    );
  });

  it('says what a flag lacks', () => {
    expect(() => parseArguments(['run', '--port'])).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});
