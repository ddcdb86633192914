import { rm } from 'node:fs/promises';

import type { FlotillaError } from '@flotilla/contracts';
import { writeJsonFile } from '@flotilla/platform-files';
import { isLoopback, startBoxServer } from './box/box-server.ts';
import { urlOnBox } from './box/url-on-box.ts';
import { createProgressPrinter, progressLine, type ProgressLine } from './box/progress-lines.ts';
import { composeBox, type AgentOptions } from './compose.ts';
import { createBoxApi, createGrammarCompiler } from './http/index.ts';
import { refusalForLog, type RefusedRequest } from './local/refusal-for-log.ts';
import { createKeyFile } from './state/key-file.ts';
import { openResponseStore, type ResponseStore } from './state/response-store.ts';
import { readWrittenKeys } from './state/written-keys.ts';

/** Grace of requests that run when the agent is stopped. */
const REQUEST_GRACE_MS = 2_000;
/** How long what was ended may take to be read. */
const LAST_BYTES_MS = 500;
/** A restarted fleet must not come back in the same second. */
const LINK_JITTER_MS = 2_000;
/** The gateway is asked for newer signing keys once a day. */
const KEYS_MS = 86_400_000;

/** A model of many gigabytes, whose sender is held to a pace where it is received. */
const isUpload = ({ method, url }: { method?: string; url?: string }): boolean =>
  method === 'POST' && url?.startsWith('/api/blobs/') === true;

export interface RunningBox {
  url: string;
  socket: string | undefined;
  /** Ordered: nothing new is taken, what runs may end for a moment, the running interval is written down. */
  stop(): Promise<void>;
}

/**
 * Starts the box in the order in which it is useful: it serves what it served before, then looks at the machine, then
 * talks to its control plane. Throws `port-taken`, `invalid-config` before anything is served.
 */
export async function startBox({
  onProgress,
  ...options
}: AgentOptions & { onProgress: (line: ProgressLine) => void }): Promise<RunningBox> {
  const { config, clock, random, log, identity } = options;
  const written = await readWrittenKeys(config.http.apiKeysFile);
  const parts = composeBox(options);
  const keyFile = createKeyFile({ path: parts.paths.apiKeys });
  const keys = [...written, ...(await keyFile.list())];
  // A file that is damaged while the box runs lets nobody in over a network, and keeps nobody out on the box.
  const currentKeys = async () => [...written, ...(await keyFile.list().catch(() => []))];
  const { paths, services, reconciler, board, facts, recorder, plane } = parts;
  const grammars = createGrammarCompiler();
  const responses = keptResponses();
  const deps = {
    services,
    grammars,
    responses,
    status: parts.status,
    metrics: parts.metrics,
    localModels: parts.localModels,
    onError: (error: FlotillaError, request: RefusedRequest) =>
      log.debug(refusalForLog(error, request), 'request refused'),
  };
  const { allowedHosts: hosts, allowedOrigins: origins } = config.http;
  const access = { hosts, origins, keys, currentKeys, now: () => clock.now() };
  const bind = isLoopback(config.http.host) ? 'loopback' : 'network';
  // A moment, and nobody is told that a model is unknown which is only not read yet.
  await parts.startLocal().catch((error: unknown) => log.error({ error }, 'local models do not serve'));
  const server = await startBoxServer({
    api: createBoxApi({ ...deps, access: { ...access, bind } }),
    socketApi: createBoxApi({ ...deps, access: { ...access, bind: 'socket' } }),
    host: config.http.host,
    port: config.http.port,
    socket: config.http.socket ? (config.http.socketPath ?? paths.socket) : undefined,
    socketMode: Number.parseInt(config.http.socketMode, 8),
    ...(parts.localModels === undefined ? {} : { mayTakeLonger: isUpload }),
  });
  const { url, socket } = server;
  parts.listensAt(urlOnBox(url));
  const endpoint = { v: 1, pid: process.pid, url, ...(socket === undefined ? {} : { socket }) };
  // Only `status` looks for it: a full disk must not keep the box from serving.
  await writeJsonFile(paths.endpoint, endpoint).catch((error: unknown) =>
    log.warn({ error }, 'endpoint not written'),
  );

  const say = createProgressPrinter({ print: onProgress });
  const tell = (): void => {
    for (const service of board.read()) {
      const line = progressLine(service, `${url}/v1`);
      if (line) say(service.service, line);
    }
    if (plane) {
      const { mqtt, problem } = plane.link.status;
      say('-link-', { event: 'link', state: mqtt, ...(problem === undefined ? {} : { problem }) });
    }
  };
  parts.boxEvents.on('moved', tell);
  say('-box-', { event: 'started', deviceId: identity?.deviceId, url, socket, pid: process.pid });
  log.info({ url, socket, deviceId: identity?.deviceId }, 'box API is up');

  reconciler.wake();
  reconciler
    .idle() // the box serves again before it is measured
    .then(() => facts.detectOnce())
    .catch((error: unknown) => log.error({ error }, 'hardware not detected'));
  await parts.followPolicy();
  recorder.start();
  plane?.start();
  const refreshKeys = (): void => {
    parts.keys.refresh().catch((error: unknown) => log.debug({ error }, 'signing keys not refreshed'));
  };
  const keysTimer = identity && setInterval(refreshKeys, KEYS_MS);
  const jitter = clock.setTimeout(() => plane?.link.start(), identity ? random() * LINK_JITTER_MS : 0);

  return {
    url,
    socket,
    async stop() {
      jitter.cancel();
      clearInterval(keysTimer);
      const until = clock.monotonic() + REQUEST_GRACE_MS;
      // Until the last answer has ended, who asks a model is told that the box is being stopped.
      services.close();
      await Promise.all([reconciler.stop(), services.idle({ mostMs: REQUEST_GRACE_MS })]);
      const graceMs = Math.max(LAST_BYTES_MS, until - clock.monotonic());
      await Promise.all([services.stop(), server.stop({ graceMs })]);
      await recorder.stop();
      await plane?.stop();
      await grammars.close();
      responses?.close();
      parts.spool.close();
      await rm(paths.endpoint, { force: true });
      onProgress({ event: 'stopped' });
    },
  };
  /** A disk that takes nothing must not keep the box from serving. */
  function keptResponses(): ResponseStore | undefined {
    const { keepFor, maxBytes } = config.responses;
    try {
      return openResponseStore({ path: paths.responses, keepMs: keepFor, maxBytes, now: () => clock.now() });
    } catch (error) {
      log.error({ error }, 'responses are not kept');
      return undefined;
    }
  }
}
