import {
  jsonLine,
  ollamaError,
  parseBlobDigest,
  parseCopy,
  parseCreate,
  parseDelete,
  parsePull,
} from '@flotilla/agent-ollama';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { Hono, type Context } from 'hono';
import type { LocalModels, Making } from '../local/local-models.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { deadlineSignal } from './deadline.ts';
import { readJsonBody } from './json-body.ts';
import { servedByName } from './served-by-name.ts';
import { LINES_HEADERS, streamLines } from './stream-answer.ts';

type LocalDeps = Pick<BoxApiDeps, 'localModels' | 'services'>;

/** `/api/blobs/{digest}`: files for local models. It takes bodies of any size, and keeps none of them in memory. */
export function ollamaBlobs({ localModels }: Pick<BoxApiDeps, 'localModels'>) {
  return new Hono<BoxEnv>()
    .get('/:digest', async (c) => {
      // And HEAD, which Ollama's clients send.
      const { blobs } = allowed(localModels);
      const digest = digestOf(c);
      const blob = await blobs.find(digest);
      if (blob === undefined)
        throw new FlotillaError('not-found', `There is no file sha256:${digest} here.`, {
          details: { field: 'digest', about: digest },
        });
      return c.body(null, 200);
    })
    .post('/:digest', async (c) => {
      const { blobs } = allowed(localModels);
      const { body } = c.req.raw;
      const length = Number(c.req.header('content-length'));
      await blobs.receive({
        digest: digestOf(c),
        pieces: body ?? (async function* () {})(),
        signal: deadlineSignal(c.req.raw),
        ...(Number.isSafeInteger(length) && length > 0 ? { bytes: length } : {}),
      });
      return c.body(null, 201);
    });
}

/** What changes the models of the box; each answers 403 where the device does not allow that. */
export function ollamaLocal({ localModels, services }: LocalDeps) {
  return new Hono<BoxEnv>()
    .post('/create', async (c) => {
      const local = allowed(localModels);
      const parsed = parseCreate(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const gone = new AbortController();
      const signal = AbortSignal.any([deadlineSignal(c.req.raw), gone.signal]);
      const making = local.create(parsed.call, { signal });
      return answerMaking(c, making, { stream: parsed.call.stream, stop: () => gone.abort() });
    })
    .post('/copy', async (c) => {
      const local = allowed(localModels);
      const parsed = parseCopy(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { source, destination: model } = parsed.call;
      const call = {
        model,
        of: { kind: 'model' as const, model: source },
        system: undefined,
        license: undefined,
        parameters: {},
      };
      const fields = { model: 'destination', from: 'source' };
      for await (const _step of local.create(call, { signal: deadlineSignal(c.req.raw), fields }));
      return c.body(null, 200);
    })
    .delete('/delete', async (c) => {
      const local = allowed(localModels);
      const parsed = parseDelete(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { model } = parsed.call;
      if (local.find(model) === undefined && servedByName(services, model) !== undefined)
        throw new FlotillaError('forbidden', `\`${model}\` is the fleet's: it is not deleted from here.`, {
          details: { field: 'model', about: model, fix: 'Take it off this box from the control plane.' },
        });
      await local.remove(model);
      return c.body(null, 200);
    })
    .post('/pull', async (c) => {
      allowed(localModels);
      const parsed = parsePull(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { model, stream } = parsed.call;
      if (servedByName(services, model) === undefined)
        throw new FlotillaError(
          'not-found',
          `\`${model}\` is not on this box, and no registry is asked for it.`,
          {
            details: {
              field: 'model',
              about: model,
              fix: 'Send a GGUF to /api/blobs and make a model of it with /api/create.',
            },
          },
        );
      const steps = ['pulling manifest', 'verifying sha256 digest', 'writing manifest', 'success'];
      if (!stream) return c.json({ status: 'success' }, 200);
      return c.body(steps.map((status) => jsonLine({ status })).join(''), 200, LINES_HEADERS);
    })
    .post('/push', () => {
      throw new FlotillaError('forbidden', 'Models are managed by the fleet: none leaves a box.', {
        details: { fix: 'Import the file into the catalogue of the control plane.' },
      });
    });
}

/** Refuses by status what can be refused at once; what fails later is a line of the stream, as Ollama's clients read it. */
async function answerMaking(
  c: Context<BoxEnv>,
  making: Making,
  { stream, stop }: { stream: boolean; stop: () => void },
): Promise<Response> {
  const first = await making.next();
  if (!stream) {
    for await (const _step of making);
    return c.json({ status: 'success' }, 200);
  }
  async function* lines(): AsyncGenerator<string, void> {
    try {
      if (first.done !== true) yield jsonLine({ status: first.value });
      for await (const status of making) yield jsonLine({ status });
      yield jsonLine({ status: 'success' });
    } catch (error) {
      yield jsonLine(ollamaError(toFlotillaError(error)));
    } finally {
      await making.return();
    }
  }
  return c.body(streamLines(lines(), stop), 200, LINES_HEADERS);
}

function digestOf(c: Context<BoxEnv>): string {
  const parsed = parseBlobDigest(c.req.param('digest') ?? '');
  if (!parsed.ok) throw parsed.error;
  return parsed.call.digest;
}

function allowed(localModels: LocalModels | undefined): LocalModels {
  if (localModels !== undefined) return localModels;
  throw new FlotillaError(
    'forbidden',
    'Models are managed by the fleet: this box takes none from here, unless its configuration sets `localModels.allowed`.',
    {
      details: {
        fix: 'Roll a release out from the control plane, or set FLOTILLA_LOCAL_MODELS=true on the device and start the agent again.',
      },
    },
  );
}
