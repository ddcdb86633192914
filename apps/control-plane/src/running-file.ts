import { rm } from 'node:fs/promises';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

/** Where the instance that uses a data folder answers this machine. */
const Running = z.object({ consoleUrl: z.url(), loopbackUrl: z.url(), pid: z.int() });
export type Running = z.infer<typeof Running>;

export const RUNNING_FILE = 'running.json';

export function writeRunning(path: string, running: Running): Promise<void> {
  return writeJsonFile(path, running);
}

export function readRunning(path: string): Promise<Running | undefined> {
  return readJsonFile(path, Running);
}

export async function removeRunning(path: string): Promise<void> {
  await rm(path, { force: true });
}
