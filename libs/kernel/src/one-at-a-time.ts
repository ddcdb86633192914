export type OneAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Returns a function that runs what it is given in the order in which it came, one at a time; each call settles as its own work does. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
