import { readFileSync } from 'node:fs';
import { createPlaneClient } from '@flotilla/api-client';
import { Command } from '@commander-js/extra-typings';
import { FlotillaError } from '@flotilla/contracts';
import type { CliContext } from '../context.ts';
import { keepCredentials } from '../credentials.ts';

export const loginCommand = ({ env, print }: CliContext) =>
  new Command('login')
    .description('Checks an access token and keeps it for the commands that follow.')
    .requiredOption(
      '--url <url>',
      "address of the control plane's API",
      env['FLOTILLA_URL'] ?? 'http://127.0.0.1:7070',
    )
    .option('--token <token>', 'the access token (shells remember it: prefer --token-file or FLOTILLA_TOKEN)')
    .option('--token-file <file>', 'file that holds the access token')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  flotilla login --token-file .flotilla/control-plane/admin-token')
    .action(async ({ url, token, tokenFile, json }) => {
      const given = token ?? (tokenFile === undefined ? env['FLOTILLA_TOKEN'] : readToken(tokenFile));
      if (given === undefined || given === '') {
        throw new FlotillaError('invalid-input', 'No access token was given.', {
          details: { field: '--token-file', fix: 'Name the file that holds it with --token-file.' },
        });
      }
      const session = await (
        await createPlaneClient({ baseUrl: url, token: given }).api.v1.session.$get()
      ).json();
      const file = keepCredentials({ url, token: given }, env);
      print({
        json,
        value: { url, name: session.name, role: session.role, file },
        text: `Signed in to ${url} as ${session.name} (${session.role}). Kept in ${file}.`,
      });
    });

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new FlotillaError('invalid-input', `--token-file ${file} cannot be read.`, {
      cause,
      details: { field: '--token-file' },
    });
  }
}
