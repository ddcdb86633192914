/** How often an engine that loads is looked at. */
export const LOOK_MS = 5_000;
/** Looks in a row at which nothing was read and nothing computed. */
const MOST_STILL_LOOKS = 24;
/** The same where the system tells nothing of a process, and only the engine's own word is heard. */
const MOST_BLIND_LOOKS = 120;
/** Looks at which it only computed: making a context ready takes a small board minutes, hardly half an hour. */
const MOST_BUSY_LOOKS = 360;

/** What a process has used since its start. */
export interface ProcessUsage {
  cpuSeconds: number;
  /** From disks and the network; undefined where it is not told. */
  readBytes?: number | undefined;
}

/** What is seen of a load at one look; undefined is what nobody tells. */
export interface LoadSign {
  /** Part of the file that is read, from 0 to 1. */
  share?: number | undefined;
  usage?: ProcessUsage | undefined;
}

/** What is remembered from one look to the next. */
export interface LoadLife {
  still: number;
  busy: number;
  last: LoadSign;
}

export const NEW_LOAD: LoadLife = { still: 0, busy: 0, last: {} };

/**
 * Whether a load goes on, one look further.
 *
 * It may take as long as it likes: a large model from a slow disk is read for an hour, and every byte of it is a sign
 * of life. One that neither reads nor computes for two minutes, or computes for half an hour and reads nothing, is hung.
 * Looks are counted, never hours, as in `judgePulse`.
 */
export function judgeLoad(life: LoadLife, sign: LoadSign): { life: LoadLife; hung?: string } {
  const { last } = life;
  const grew = (now = 0, before = 0): boolean => now > before;
  const reads = grew(sign.share, last.share) || grew(sign.usage?.readBytes, last.usage?.readBytes);
  const computes = grew(sign.usage?.cpuSeconds, last.usage?.cpuSeconds);
  const next = {
    still: reads || computes ? 0 : life.still + 1,
    busy: reads ? 0 : life.busy + 1,
    last: sign,
  };
  if (next.still >= (sign.usage === undefined ? MOST_BLIND_LOOKS : MOST_STILL_LOOKS))
    return { life: next, hung: `it read and computed nothing for ${next.still} looks` };
  if (next.busy >= MOST_BUSY_LOOKS)
    return { life: next, hung: `it computed for ${next.busy} looks and read nothing` };
  return { life: next };
}
