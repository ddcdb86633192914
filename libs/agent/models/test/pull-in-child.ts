/* A process that pulls one model and can be killed. Its one argument is a JSON file with everything it needs. */
import { readFile } from 'node:fs/promises';

import { createGatewayClient } from '../src/gateway/create-gateway-client.ts';
import { pullModel } from '../src/pull.ts';
import { createModelStore } from '../src/store/create-model-store.ts';

const { url, credentials, folder, model } = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8')) as {
  url: string;
  credentials: { ca: string; certificate: string; key: string };
  folder: string;
  model: { digest: string; manifestDigest: string };
};
const client = createGatewayClient({ url, credentials: () => credentials });
const { path } = await pullModel({
  model,
  client,
  store: createModelStore({ folder, reserveBytes: 0 }),
  signal: new AbortController().signal,
  onProgress: ({ doneBytes }) => console.log(`done ${doneBytes}`),
});
console.log(`pulled ${path}`);
await client.close();
