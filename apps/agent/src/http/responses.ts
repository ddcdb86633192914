import {
  answeredItems,
  createResponseWriter,
  invalid,
  openAiError,
  parseResponseRequest,
  readInputItemQuery,
  readKeptResponseQuery,
  refusedOutput,
  refusedQuery,
  toMessages,
  wireInputItem,
  type ConversationItem,
  type InputItemQuery,
  type ResponseCall,
  type ResponseEvent,
  type ResponseWriter,
} from '@flotilla/agent-openai';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import type { KeptResponse, ResponseStore } from '../state/response-store.ts';
import { shortId, type AnswerPiece } from './answer-pieces.ts';
import { beginAnswers, type AnswerDeps } from './begin-answer.ts';
import { tellPlace } from './queue-place.ts';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import { readJsonBody } from './json-body.ts';
import { STREAM_HEADERS, streamLines } from './stream-answer.ts';
import { wholeCalls } from './whole-calls.ts';

type ResponsesDeps = AnswerDeps & Pick<BoxApiDeps, 'services' | 'now' | 'responses'>;

/** Responses that one conversation may go back; each is a look-up. */
const LONGEST_CHAIN = 512;

const newId = (prefix: string): string => `${prefix}_${shortId()}${shortId()}`;

/** `/v1/responses` */
export const responses = ({ services, grammars, responses: store, now = Date.now }: ResponsesDeps) =>
  new Hono<BoxEnv>()
    .post('/', async (c) => {
      const owner = c.get('caller');
      const parsed = parseResponseRequest(await readJsonBody(c.req.raw), {
        newId,
        keptItem: keptItems(store, owner),
      });
      if (!parsed.ok) throw parsed.error;
      const { call } = parsed;
      const before = conversation({ store, owner, id: call.previousId });
      const orphan = refusedOutput(call.orphans, before);
      if (orphan !== undefined) throw orphan;
      const gone = new AbortController();
      try {
        const [answer] = await beginAnswers(
          { services, grammars },
          {
            model: call.model,
            generation: {
              ...call.generation,
              messages: toMessages(call.instructions, [...before, ...call.items]),
            },
            form: call.form,
            thinking: call.thinking,
            ...callerOf(c),
            signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
            deadlineMs: deadlineOf(c.req.raw.headers, call.timeoutMs),
          },
        );
        tellPlace(c, [answer]);
        const head = {
          id: newId('resp'),
          created: Math.floor(now() / 1_000),
          model: answer.service,
          systemFingerprint: answer.fingerprint,
        };
        const writer = createResponseWriter({ head, body: call.body, store: keeps(store, call), newId });
        const keep = (): boolean => keepResponse({ store, owner, call, writer });
        if (call.stream) {
          const lines = responseLines({ pieces: answer.pieces, writer, keep });
          return c.body(
            streamLines(lines, () => gone.abort()),
            200,
            STREAM_HEADERS,
          );
        }
        for await (const piece of wholeCalls(answer.pieces)) writer.push(piece);
        return c.json(writer.response(keep()), 200);
      } catch (error) {
        gone.abort();
        throw error;
      }
    })
    .get('/:id', (c) => {
      const query = readKeptResponseQuery(c.req.queries());
      if (!query.ok) throw query.error;
      return c.json(found(store, c.req.param('id'), c.get('caller')).response, 200);
    })
    .get('/:id/input_items', (c) => {
      const query = readInputItemQuery(c.req.queries());
      if (!query.ok) throw query.error;
      const { input } = found(store, c.req.param('id'), c.get('caller'));
      return c.json(itemPage(input, query.value), 200);
    })
    .delete('/:id', (c) => {
      const refused = refusedQuery(c.req.queries());
      if (refused !== undefined) throw refused;
      const id = c.req.param('id');
      if (store?.forget({ id, owner: c.get('caller') }) !== true) throw unknownResponse(id, 'id');
      return c.json({ id, object: 'response' as const, deleted: true }, 200);
    })
    .delete('/', async (c) => {
      const refused = refusedQuery(c.req.queries());
      if (refused !== undefined) throw refused;
      // Whoever sends a body names what to delete, and does not mean them all.
      if ((await c.req.arrayBuffer()).byteLength > 0)
        throw invalid('body', 'must be empty: this route forgets every response of the caller');
      // An id that is empty is one that was forgotten in the client, and no wish to lose them all.
      if (new URL(c.req.url).pathname.endsWith('/')) throw unknownResponse('', 'id');
      return c.json({ object: 'list' as const, deleted: store?.forgetAll(c.get('caller')) ?? 0 }, 200);
    });

const keeps = (store: ResponseStore | undefined, call: ResponseCall): boolean =>
  call.store && store !== undefined;

/** Keeps a response that was to be kept. A disk that takes nothing is no reason to withhold the answer. */
function keepResponse(options: {
  store: ResponseStore | undefined;
  owner: string;
  call: ResponseCall;
  writer: ResponseWriter;
}): boolean {
  const { store, owner, call, writer } = options;
  if (!call.store || store === undefined) return false;
  try {
    return store.keep(owner, { response: writer.response(true), input: call.items });
  } catch {
    return false;
  }
}

async function* responseLines(options: {
  pieces: AsyncIterable<AnswerPiece>;
  writer: ResponseWriter;
  keep: () => boolean;
}): AsyncGenerator<string, void> {
  const { pieces, writer, keep } = options;
  yield* writer.begin().map(typedEvent);
  try {
    for await (const piece of pieces) yield* writer.push(piece).map(typedEvent);
    yield typedEvent(writer.end(keep()));
  } catch (thrown) {
    const { error } = openAiError(toFlotillaError(thrown));
    yield typedEvent(writer.fail({ code: error.code ?? 'server_error', message: error.message }));
  }
}

const typedEvent = (event: ResponseEvent): string =>
  `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** What was said before, oldest first. Throws `not-found` where a response of the chain is not kept any more. */
function conversation(options: {
  store: ResponseStore | undefined;
  owner: string;
  id: string | undefined;
}): ConversationItem[] {
  const { store, owner } = options;
  const turns: ConversationItem[][] = [];
  for (let { id } = options; id !== undefined;) {
    if (turns.length === LONGEST_CHAIN)
      throw invalid('previous_response_id', `goes back more than ${LONGEST_CHAIN} responses`);
    const kept = store?.find({ id, owner });
    if (kept === undefined) throw unknownResponse(id, 'previous_response_id');
    turns.push([...kept.input, ...answeredItems(kept.response.output)]);
    id = kept.response.previous_response_id ?? undefined;
  }
  return turns.toReversed().flat();
}

/** The items that the caller's responses were made from or answered, each read at most once for one request. */
function keptItems(store: ResponseStore | undefined, owner: string) {
  const said = new Map<string, readonly ConversationItem[]>();
  const saidIn = (id: string): readonly ConversationItem[] => {
    const kept = said.has(id) ? undefined : store?.find({ id, owner });
    if (kept !== undefined) said.set(id, [...kept.input, ...answeredItems(kept.response.output)]);
    return said.get(id) ?? [];
  };
  return (id: string): readonly ConversationItem[] | undefined => {
    const response = store?.responseWith({ id, owner });
    return response === undefined
      ? undefined
      : saidIn(response)
          .filter((item) => item.id === id)
          .slice(0, 1);
  };
}

function found(store: ResponseStore | undefined, id: string, owner: string): KeptResponse {
  const kept = store?.find({ id, owner });
  if (kept === undefined) throw unknownResponse(id, 'id');
  return kept;
}

function unknownResponse(id: string, field: string): FlotillaError {
  return new FlotillaError('not-found', `No response \`${id.slice(0, 100)}\` is kept for this caller.`, {
    details: { field, about: id.slice(0, 100) },
  });
}

/** One page of `input_items`: newest first unless asked otherwise. */
function itemPage(items: readonly ConversationItem[], { limit, order, after }: InputItemQuery) {
  const sorted = order === 'asc' ? [...items] : items.toReversed();
  const start = after === undefined ? 0 : sorted.findIndex(({ id }) => id === after) + 1;
  if (after !== undefined && start === 0) throw invalid('after', 'names no item of this response');
  const page = sorted.slice(start, start + limit);
  return {
    object: 'list' as const,
    data: page.map(wireInputItem),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: start + page.length < sorted.length,
  };
}
