import { randomUUID } from 'node:crypto';
import { leftOut, startPostgres, tempFolder, type Postgres, type TempFolder } from '@flotilla/testkit';
import { afterAll, afterEach, describe, it } from 'vitest';
import { openStore, type PlaneStore } from '../src/index.ts';

export const ENGINES = ['sqlite', 'postgres'] as const;
export type EngineUnderTest = (typeof ENGINES)[number];

export interface Bench {
  engine: EngineUnderTest;
  /** The URL of a new, empty database. */
  newUrl: () => Promise<string>;
  /** Opens, and closes after the test. */
  open: (url: string) => Promise<PlaneStore>;
  /** A new database with its tables. */
  openNew: () => Promise<PlaneStore>;
  /** A test with several stores over one database, where the engine can have that. */
  onReplicas: (name: string, test: () => Promise<void>) => void;
}

let postgres: Promise<Postgres> | undefined;
let folder: Promise<TempFolder> | undefined;

/** One server per test file: a new database is cheap, a new server is not. */
afterAll(async () => {
  await (await postgres)?.stop();
  await (await folder)?.remove();
});

/** The same suite over every engine, each with real databases. */
export function describeOnEngines(name: string, suite: (bench: Bench) => void): void {
  for (const engine of ENGINES) {
    describe.skipIf(engine === 'postgres' && leftOut('postgres'))(`${name}, on ${engine}`, () => {
      let opened: PlaneStore[] = [];

      afterEach(async () => {
        for (const store of opened) await store.close();
        opened = [];
      });

      const newUrl = async (): Promise<string> => {
        if (engine === 'postgres') {
          postgres ??= startPostgres();
          return (await postgres).createDatabase();
        }
        folder ??= tempFolder({ name: 'store' });
        return `sqlite:${(await folder).file(`${randomUUID()}.db`)}`;
      };
      const open = async (url: string): Promise<PlaneStore> => {
        const store = await openStore({ url });
        opened.push(store);
        return store;
      };
      suite({
        engine,
        newUrl,
        open,
        onReplicas: (what, test) => {
          if (engine === 'postgres') it(what, test);
        },
        openNew: async () => {
          const store = await open(await newUrl());
          await store.migrate();
          return store;
        },
      });
    });
  }
}
