import { join } from 'node:path';

/** Version of the layout below; see docs/decisions when it changes. */
export const DATA_FORMAT = 1;

/** Where things lie in the data folder. */
export function dataPaths(folder: string) {
  const at = (...parts: string[]): string => join(folder, ...parts);
  return {
    folder,
    identity: at('identity.json'),
    /** Keys of local apps, hashed. */
    apiKeys: at('api-keys.json'),
    /** The key of a join that has not ended: it is on the disk before its request is sent. */
    pendingKey: at('joining.json'),
    desired: at('desired.json'),
    current: at('current.json'),
    rollback: at('rollback.json'),
    releases: at('releases'),
    models: at('models'),
    /** Models that programs of the box made, and their files. */
    localModels: at('local-models'),
    localIndex: at('local-models', 'index.json'),
    /** States of system prompts: a cache that may be deleted at any time. */
    prefixes: at('prefixes'),
    spool: at('telemetry.db'),
    /** Requests and answers of `/v1/responses`, for those who made them. */
    responses: at('responses.db'),
    commands: at('commands.json'),
    measurements: at('measurements.json'),
    degraded: at('degraded.json'),
    facts: at('facts.json'),
    /** Where the running agent can be asked, for `status`. */
    endpoint: at('endpoint.json'),
    socket: process.platform === 'win32' ? pipeName(folder) : at('box.sock'),
  };
}
export type DataPaths = ReturnType<typeof dataPaths>;

function pipeName(folder: string): string {
  return `\\\\.\\pipe\\flotilla-${Buffer.from(folder).toString('hex').slice(-48)}`;
}
