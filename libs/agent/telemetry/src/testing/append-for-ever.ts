import { Spool } from '../spool.ts';
import { rowOf } from './fixtures.ts';

/* Writes rows until it is killed, and says of each when it is on the disk. */
const spool = new Spool({ path: process.argv[2] ?? '', newEpoch: () => 'epoch-1' });
for (;;) process.stdout.write(`written ${spool.append(rowOf()).sequence}\n`);
