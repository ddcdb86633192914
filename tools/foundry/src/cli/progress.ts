import type { WriteStream } from 'node:tty';

/**
 * Shows how far a long run is: one line that is rewritten on a terminal, a line per tenth elsewhere.
 *
 * Writes to stderr, so that stdout carries the result alone.
 */
export function createProgress(
  label: string,
  stream: WriteStream = process.stderr,
): (done: number, total: number) => void {
  let shown = -1;
  return (done, total) => {
    const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
    const step = stream.isTTY ? percent : Math.floor(percent / 10) * 10;
    if (step === shown) return;
    shown = step;
    const line = `${label} ${step} %`;
    stream.write(stream.isTTY ? `\r${line}${step === 100 ? '\n' : ''}` : `${line}\n`);
  };
}
