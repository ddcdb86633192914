/*
 * Ingests batches as fast as it can, from the row after the one named, and says what was acknowledged.
 * node ingest.ts URL FIRST
 */
import { openStore } from '../../src/index.ts';
import { createPlane } from '../plane.ts';
import { batch, row } from '../telemetry-rows.ts';

const [url = '', first = '1'] = process.argv.slice(2);
const store = await openStore({ url });
await store.migrate();
const { telemetry, clock } = createPlane({ store });
for (let from = Number(first); ; from += 5) {
  const rows = Array.from({ length: 5 }, (_, i) => row(from + i));
  const { upTo } = await telemetry.ingest(batch('device', rows), clock.now());
  console.log(`acknowledged ${upTo}`);
}
