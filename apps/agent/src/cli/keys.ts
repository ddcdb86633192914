import { randomBytes } from 'node:crypto';

import { FlotillaError } from '@flotilla/contracts';
import { formatDuration } from '@flotilla/kernel';
import { DurationField } from '@flotilla/platform-config';
import { z } from 'zod';
import { hashApiKey } from '../http/index.ts';
import { dataPaths } from '../state/data-paths.ts';
import { createKeyFile, KeyName, KeyPriority, type KeyFile, type KeyRow } from '../state/key-file.ts';
import type { Command, CommandContext } from './command-context.ts';
import { EXIT } from './exit-codes.ts';

const Bound = z.coerce.number().int().min(1);
const Priority = z.coerce.number().pipe(KeyPriority);

/** `flotilla-agent keys create NAME | list | revoke NAME`: works beside a running agent, which follows at once. */
export const keys: Command = async (context) => {
  const { operands, config } = context;
  const [verb, name] = operands;
  const file = createKeyFile({ path: dataPaths(config.dataFolder).apiKeys });
  switch (verb) {
    case 'create':
      return create({ ...context, file, name });
    case 'list':
      return list({ ...context, file });
    case 'revoke':
      await file.remove(nameOf(name));
      context.print(context.json ? JSON.stringify({ revoked: name }) : `The key ${name} is revoked.`);
      return EXIT.ok;
    default:
      throw new FlotillaError(
        'invalid-input',
        'There is `keys create NAME`, `keys list` and `keys revoke NAME`.',
      );
  }
};

async function create({
  file,
  name,
  keyBounds,
  clock,
  json,
  print,
}: CommandContext & { file: KeyFile; name: string | undefined }): Promise<number> {
  const id = nameOf(name);
  const { expires, requestsPerMinute, parallel, priority } = keyBounds;
  const key = `flk_${randomBytes(24).toString('base64url')}`;
  const now = clock.now();
  const row: KeyRow = {
    id,
    sha256: hashApiKey(key),
    createdAt: now,
    ...(expires === undefined ? {} : { expiresAt: now + read('expires', DurationField, expires) }),
    ...(requestsPerMinute === undefined
      ? {}
      : { requestsPerMinute: read('requests-per-minute', Bound, requestsPerMinute) }),
    ...(parallel === undefined ? {} : { parallel: read('parallel', Bound, parallel) }),
    ...(priority === undefined ? {} : { priority: read('priority', Priority, priority) }),
  };
  await file.add(row);
  if (json) print(JSON.stringify({ ...shown(row), key }));
  else {
    print(key);
    print(`This is the only time that the key ${id} is shown: only its hash is kept.`);
  }
  return EXIT.ok;
}

async function list({ file, clock, json, print }: CommandContext & { file: KeyFile }): Promise<number> {
  const rows = await file.list();
  if (json) print(JSON.stringify({ keys: rows.map(shown) }));
  else if (rows.length === 0) print('There are no keys. Make one with `flotilla-agent keys create NAME`.');
  else for (const row of rows) print(describe(row, clock.now()));
  return EXIT.ok;
}

function describe({ id, expiresAt, requestsPerMinute, parallel, priority }: KeyRow, now: number): string {
  const left = expiresAt === undefined ? undefined : expiresAt - now;
  const life =
    left === undefined
      ? 'never expires'
      : left <= 0
        ? 'expired'
        : `expires in ${formatDuration(left, { parts: 1 })}`;
  const bounds = [
    ...(requestsPerMinute === undefined ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(parallel === undefined ? [] : [`${parallel} at once`]),
    ...(priority === undefined ? [] : [`priority ${priority}`]),
  ];
  return `${id.padEnd(24)}  ${[life, ...bounds].join(', ')}`;
}

/** Without the hash, which is of no use to anybody who may see the list. */
function shown({ sha256: _, ...row }: KeyRow): Omit<KeyRow, 'sha256'> {
  return row;
}

function nameOf(name: string | undefined): string {
  return read('name', KeyName, name);
}

function read<Value>(field: string, schema: z.ZodType<Value>, value: unknown): Value {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues[0]?.message ?? 'is not valid';
  throw new FlotillaError('invalid-input', `The ${field} of the key: ${why}.`, { details: { field } });
}
