import { describe, expect, it, vi } from 'vitest';

import { TypedEvents } from './typed-events.ts';

interface Events {
  'pull-started': { digest: string };
  'pull-ended': { digest: string; bytes: number };
}

describe('TypedEvents', () => {
  it('calls the listeners of an event in order, then those of every event', () => {
    const events = new TypedEvents<Events>();
    const calls: string[] = [];
    events.onAny((name) => calls.push(`any ${name}`));
    events.on('pull-started', ({ digest }) => calls.push(`first ${digest}`));
    events.on('pull-started', ({ digest }) => calls.push(`second ${digest}`));
    events.on('pull-ended', () => calls.push('never'));
    events.emit('pull-started', { digest: 'd1' });
    expect(calls).toEqual(['first d1', 'second d1', 'any pull-started']);
  });

  it('stops calling a listener that was taken away', () => {
    const events = new TypedEvents<Events>();
    const listener = vi.fn();
    const off = events.on('pull-started', listener);
    const offAny = events.onAny(listener);
    off();
    offAny();
    events.emit('pull-started', { digest: 'd1' });
    expect(listener).not.toHaveBeenCalled();
  });

  it('keeps a throwing and a rejecting listener away from the others and from the emitter', async () => {
    const onListenerError = vi.fn();
    const events = new TypedEvents<Events>({ onListenerError });
    const reached = vi.fn();
    events.on('pull-started', () => {
      throw new TypeError('bad listener');
    });
    events.on('pull-started', async () => Promise.reject(new TypeError('bad async listener')));
    events.on('pull-started', reached);
    events.emit('pull-started', { digest: 'd1' });
    await expect.poll(() => onListenerError.mock.calls.length).toBe(2);
    expect(reached).toHaveBeenCalledOnce();
    expect(onListenerError.mock.calls.map(([error]) => (error as Error).message)).toEqual([
      'bad listener',
      'bad async listener',
    ]);
  });

  it('lets a listener take itself away while it is called', () => {
    const events = new TypedEvents<Events>();
    const other = vi.fn();
    const once = vi.fn(() => off());
    const off = events.on('pull-started', once);
    events.on('pull-started', other);
    events.emit('pull-started', { digest: 'd1' });
    events.emit('pull-started', { digest: 'd2' });
    expect(once).toHaveBeenCalledOnce();
    expect(other).toHaveBeenCalledTimes(2);
  });
});
