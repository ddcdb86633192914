import { createPlaneClient, type PlaneClient } from '@flotilla/api-client';
import { readCredentials } from './credentials.ts';

/** What every command stands on. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>;
  /** The signed-in client. @throws FlotillaError `unauthenticated` */
  client: () => PlaneClient;
  /** Prints the text for people, or the value as JSON for machines. */
  print: (output: { json: boolean | undefined; value: unknown; text: string }) => void;
  /** Something on the way, for people: standard error. */
  note: (line: string) => void;
  now: () => number;
  signal: AbortSignal;
}

export function createContext({ env, signal }: Pick<CliContext, 'env' | 'signal'>): CliContext {
  return {
    env,
    signal,
    now: Date.now,
    client: () => {
      const { url, token } = readCredentials(env);
      return createPlaneClient({ baseUrl: url, token });
    },
    print: ({ json, value, text }) => {
      process.stdout.write(json ? `${JSON.stringify(value, null, 2)}\n` : `${printable(text)}\n`);
    },
    note: (line) => process.stderr.write(`${printable(line)}\n`),
  };
}

/** What a device or a file says of itself must not steer the terminal: control characters but the line end are replaced. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '\uFFFD');
}
