import { judgePulse, NEW_LIFE, PING_MS, type Pulse } from '@flotilla/agent-serving-core';
import type { Clock, Timer } from '@flotilla/kernel';
import type { Engine } from './engine.ts';

export interface WatchdogOptions {
  engine: Pick<Engine, 'stats'>;
  clock: Clock;
  /** Called once, with what was seen; nothing is looked at afterwards. */
  onHung: (reason: string) => void;
}

/** Looks after one engine process from now on. */
export function watchOver({ engine, clock, onHung }: WatchdogOptions): { stop(): void } {
  let life = NEW_LIFE;
  let answered: Pulse = 'silent';
  let asking = false;
  let timer: Timer;
  let stopped = false;

  function ask(): void {
    answered = 'silent';
    // One question at a time: a stopped process must not find a heap of them when it goes on.
    if (asking) return;
    asking = true;
    engine
      .stats()
      .then((stats) => (answered = stats))
      .catch(() => undefined) // a process that ended is told of by its exit
      .finally(() => (asking = false));
  }

  function look(): void {
    if (stopped) return;
    const judged = judgePulse(life, answered);
    life = judged.life;
    if (judged.hung !== undefined) {
      onHung(judged.hung);
      return;
    }
    ask();
    timer = clock.setTimeout(look, PING_MS);
  }

  ask();
  timer = clock.setTimeout(look, PING_MS);
  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}
