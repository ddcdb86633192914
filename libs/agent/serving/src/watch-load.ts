import { judgeLoad, LOOK_MS, NEW_LOAD, type LoadSign } from '@flotilla/agent-serving-core';
import type { Clock, Timer } from '@flotilla/kernel';

export interface WatchLoadOptions {
  /** What is to be seen of the load now. */
  look: () => Promise<LoadSign>;
  clock: Clock;
  /** Called once, with what was seen; nothing is looked at afterwards. */
  onHung: (reason: string) => void;
}

/** Looks after a process that loads a model, from now until it is stopped. */
export function watchLoad({ look, clock, onHung }: WatchLoadOptions): { stop(): void } {
  let life = NEW_LOAD;
  let stopped = false;
  let timer: Timer = clock.setTimeout(next, LOOK_MS);

  function next(): void {
    look()
      .then((sign) => {
        if (stopped) return;
        const judged = judgeLoad(life, sign);
        life = judged.life;
        if (judged.hung === undefined) timer = clock.setTimeout(next, LOOK_MS);
        else onHung(judged.hung);
      })
      .catch((error: unknown) => onHung(`it could not be looked at: ${String(error)}`));
  }

  return {
    stop() {
      stopped = true;
      timer.cancel();
    },
  };
}
