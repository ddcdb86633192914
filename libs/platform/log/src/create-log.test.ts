import { describe, expect, it } from 'vitest';

import { createLog, type LogOptions } from './create-log.ts';

function capture(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    name: 'agent',
    destination: { write: (line) => void lines.push(line) },
    ...options,
  });
  return { log, lines, first: () => JSON.parse(lines[0] ?? 'null') as Record<string, unknown> };
}

describe('createLog', () => {
  it('writes one JSON line with the message as a phrase and the facts as fields', () => {
    const { log, first } = capture();
    log.child({ component: 'pull' }).info({ bytes: 3 }, 'chunk stored');
    expect(first()).toMatchObject({
      level: 'info',
      name: 'agent',
      component: 'pull',
      bytes: 3,
      msg: 'chunk stored',
    });
    expect(first()['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = capture({ level: 'warn' });
    log.info('quiet');
    log.warn('loud');
    expect(lines).toHaveLength(1);
  });

  it('hides secrets and the words of users wherever a field of that name stands', () => {
    const { log, lines } = capture();
    log.info(
      { token: 's3cret', request: { authorization: 's3cret', headers: { cookie: 's3cret' } } },
      'asked',
    );
    log.info({ body: { messages: ['s3cret'], prompt: 's3cret' } }, 'asked');
    log.child({ joinToken: 's3cret' }).info('joined');
    expect(lines.join('')).not.toContain('s3cret');
    expect(lines[0]).toContain('[hidden]');
  });

  it('tells code, details and causes of an error', () => {
    const { log, first } = capture();
    const cause = new TypeError('reset by peer');
    const error = Object.assign(new TypeError('cut', { cause }), {
      code: 'download-failed',
      details: { about: 'blob' },
    });
    log.error({ error }, 'pull failed');
    expect(first()['error']).toMatchObject({
      message: 'cut',
      code: 'download-failed',
      details: { about: 'blob' },
      cause: { message: 'reset by peer' },
    });
  });

  it.each([
    { level: 'info', code: 'offline', stacks: false },
    { level: 'info', code: 'ECONNREFUSED', stacks: false },
    { level: 'debug', code: 'offline', stacks: true },
    { level: 'info', code: 'internal', stacks: true },
    { level: 'info', code: 'ERR_INVALID_ARG_TYPE', stacks: true },
    { level: 'info', code: undefined, stacks: true },
  ] as const)('at $level writes the stacks of an error with the code $code: $stacks', (expected) => {
    const { log, first } = capture({ level: expected.level });
    const { code } = expected;
    const cause = Object.assign(new TypeError('below'), { code });
    log.warn({ error: Object.assign(new TypeError('above', { cause }), { code }) }, 'no line');
    const { stack, cause: below } = first()['error'] as { stack?: string; cause: { stack?: string } };
    expect([stack !== undefined, below.stack !== undefined]).toEqual([expected.stacks, expected.stacks]);
  });

  it('writes a short line for people when asked to', () => {
    const { log, lines } = capture({ pretty: true });
    log.child({ component: 'pull' }).warn({ digest: 'ab12', error: new TypeError('cut') }, 'chunk refused');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d WARN pull: chunk refused digest=ab12 error="cut"\n$/);
  });

  it('never lets a field forge a second line or drive the terminal', () => {
    const { log, lines } = capture({ pretty: true });
    log.info({ device: 'a\n12:00:00 FATAL agent: forged\u001b[31m' }, 'device named');
    expect(lines[0]!.slice(0, -1)).not.toMatch(/\p{Cc}/u);
  });
});
