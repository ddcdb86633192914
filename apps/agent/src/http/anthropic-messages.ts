import {
  anthropicError,
  anthropicMessage,
  countAnswer,
  createMessageStream,
  eventText,
  inputOf,
  parseCount,
  parseMessage,
  textBlock,
  thinkingBlock,
  thinkingWish,
  toolUseBlock,
  type ContentBlock,
  type MessageCall,
  type MessageHead,
  type ThinkingChoice,
} from '@flotilla/agent-anthropic';
import { settleThinking, type ThinkingWish } from '@flotilla/agent-openai';
import { FlotillaError, toFlotillaError } from '@flotilla/contracts';
import { Hono } from 'hono';
import { shortId, type AnswerPiece } from './answer-pieces.ts';
import { beginAnswers, engineFor, type BegunAnswer } from './begin-answer.ts';
import { tellPlace } from './queue-place.ts';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import type { GrammarCompiler } from './grammar-compiler.ts';
import { readJsonBody } from './json-body.ts';
import { STREAM_HEADERS, streamLines } from './stream-answer.ts';
import { wholeCalls } from './whole-calls.ts';

type MessageDeps = Pick<BoxApiDeps, 'services'> & { grammars: GrammarCompiler };

/** `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
export function anthropicMessages({ services, grammars }: MessageDeps) {
  return new Hono<BoxEnv>()
    .post('/', async (c) => {
      const parsed = parseMessage(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { call } = parsed;
      const { model, generation, form } = call;
      c.header('request-id', c.get('requestId'));
      const gone = new AbortController();
      try {
        const [begun] = await beginAnswers(
          { services, grammars },
          {
            model,
            generation,
            form,
            thinking: wishOf(call.thinking),
            ...callerOf(c),
            signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
            deadlineMs: deadlineOf(c.req.raw.headers),
          },
        );
        tellPlace(c, [begun]);
        const head = { id: `msg_${shortId()}`, model: begun.service };
        if (!call.stream) return c.json(await wholeMessage(begun.pieces, head, call), 200);
        const lines = eventLines(begun, { head, call, requestId: c.get('requestId') });
        return c.body(
          streamLines(lines, () => gone.abort()),
          200,
          STREAM_HEADERS,
        );
      } catch (error) {
        gone.abort();
        throw error;
      }
    })
    .post('/count_tokens', async (c) => {
      const parsed = parseCount(await readJsonBody(c.req.raw));
      if (!parsed.ok) throw parsed.error;
      const { model, prompt, thinking } = parsed.call;
      const { signal } = c.req.raw;
      c.header('request-id', c.get('requestId'));
      const settled = settleThinking(wishOf(thinking), await engineFor(services, { model, signal }));
      if (!settled.ok) throw settled.error;
      const request = { ...prompt, templateOptions: settled.templateOptions };
      const tokens = await services.countTokens({ model, request, signal });
      return c.json(countAnswer(tokens), 200);
    });
}

function wishOf(choice: ThinkingChoice): ThinkingWish {
  const wished = thinkingWish(choice);
  if (!wished.ok) throw wished.error;
  return wished.wish;
}

async function* eventLines(
  { prompt, pieces }: BegunAnswer,
  { head, call, requestId }: { head: MessageHead; call: MessageCall; requestId: string },
): AsyncGenerator<string, void> {
  const stream = createMessageStream({ head, showsThinking: call.showsThinking });
  for (const event of stream.start(prompt)) yield eventText(event);
  try {
    for await (const piece of pieces) for (const event of eventsOf(piece)) yield eventText(event);
  } catch (error) {
    // The status is sent already; Anthropic's clients read an event of this name.
    yield eventText({ ...anthropicError(toFlotillaError(error), requestId) });
  }

  function eventsOf(piece: AnswerPiece) {
    switch (piece.kind) {
      case 'thinking':
        return stream.thinking(piece.text);
      case 'text':
        return stream.text(piece.text);
      case 'call-started':
        return stream.toolUse(piece);
      case 'call-arguments':
        return stream.toolInput(piece.text);
      case 'call-ended':
      case 'call-broken':
        return stream.toolEnd();
      case 'finished':
        return stream.end({ ...piece, stop: piece.stop, maxTokens: call.generation.maxTokens });
    }
  }
}

async function wholeMessage(pieces: AsyncIterable<AnswerPiece>, head: MessageHead, call: MessageCall) {
  const content: ContentBlock[] = [];
  let calls = 0;
  for await (const piece of wholeCalls(pieces)) {
    const last = content.at(-1);
    switch (piece.kind) {
      case 'thinking': {
        const shown = call.showsThinking ? piece.text : '';
        if (last?.type === 'thinking') last.thinking += shown;
        else content.push(thinkingBlock(shown));
        break;
      }
      case 'text':
        if (last?.type === 'text') last.text += piece.text;
        else if (piece.text !== '') content.push(textBlock(piece.text));
        break;
      case 'call':
        content.push(toolUseBlock(piece.call, inputOf(piece.call)));
        calls += 1;
        break;
      case 'finished': {
        const { maxTokens } = call.generation;
        return anthropicMessage(head, content, { ...piece, stop: piece.stop, calls, maxTokens });
      }
    }
  }
  throw new FlotillaError('internal', 'The generation ended without saying how.');
}
