import ora, { type Ora } from 'ora';

/** The steps of a start: a spinner with the current one, a line per finished one; plain lines when not a terminal. */
export interface ProgressView {
  /** Opens a step; the one before it must have ended. */
  begin(text: string): void;
  /** What the open step does right now. Ignored when not a terminal. */
  update(text: string): void;
  done(text: string): void;
  /** Ends the open step as failed. */
  fail(): void;
}

export function createProgressView(stream: NodeJS.WriteStream): ProgressView {
  const live = stream.isTTY;
  let spinner: Ora | undefined;
  return {
    begin(text) {
      if (live) spinner = ora({ text, stream, discardStdin: false, hideCursor: true }).start();
    },
    update(text) {
      if (spinner) spinner.text = text;
    },
    done(text) {
      if (spinner) spinner.succeed(text);
      else stream.write(`✔ ${text}\n`);
      spinner = undefined;
    },
    fail() {
      spinner?.fail();
      spinner = undefined;
    },
  };
}
