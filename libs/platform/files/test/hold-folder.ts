// A process for the tests of the lock: opens the folder it is given and keeps it.
import { openDataFolder } from '../src/data-folder.ts';

try {
  await openDataFolder({ path: process.argv[2] ?? '', formatVersion: 1 });
  console.log('holds the folder');
  setInterval(() => {}, 1000);
} catch (error) {
  console.log(`refused: ${(error as Error).message}`);
}
