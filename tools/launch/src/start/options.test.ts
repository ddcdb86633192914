import { describe, expect, it } from 'vitest';
import { DEFAULT_PORTS, parseStartOptions } from './options.ts';

describe('the flags of npm start', () => {
  it('default to loopback and the documented ports', () => {
    expect(parseStartOptions([])).toMatchObject({ once: false, host: '127.0.0.1', ports: DEFAULT_PORTS });
  });

  it('move all ports together', () => {
    expect(parseStartOptions(['--port-base', '9000'])).toMatchObject({
      ports: { people: 9000, gateway: 9001, mqtt: 9002, box: 9010 },
    });
  });

  it.each([
    [['--port-base', 'x'], '--port-base'],
    [['--port-base', '70000'], '--port-base'],
    [['--host', 'a b'], '--host'],
    [['--data', ''], '--data'],
    [['--nothing'], '--nothing'],
  ])('%j is refused by name', (args, name) => {
    expect(() => parseStartOptions(args)).toThrow(name);
  });

  it('ask for help', () => expect(parseStartOptions(['-h'])).toBe('help'));
});
