import { chatCompletion, parseChatRequest } from '@flotilla/agent-openai';
import { Hono } from 'hono';
import { shortId } from './answer-pieces.ts';
import { beginAnswers } from './begin-answer.ts';
import { tellPlace } from './queue-place.ts';
import { collectAnswer } from './collect-answer.ts';
import { callerOf } from './caller-of.ts';
import { deadlineOf } from './deadline.ts';
import type { BoxApiDeps, BoxEnv } from './deps.ts';
import type { GrammarCompiler } from './grammar-compiler.ts';
import { readJsonBody } from './json-body.ts';
import { STREAM_HEADERS, chatLines, streamLines } from './stream-answer.ts';

type ChatDeps = Pick<BoxApiDeps, 'services' | 'now'> & { grammars: GrammarCompiler };

/** `POST /v1/chat/completions` */
export const chatCompletions = ({ services, grammars, now = Date.now }: ChatDeps) =>
  new Hono<BoxEnv>().post('/', async (c) => {
    const parsed = parseChatRequest(await readJsonBody(c.req.raw));
    if (!parsed.ok) throw parsed.error;
    const { call } = parsed;
    // Ends the generations when the client is gone, streaming or not, and when one of several broke.
    const gone = new AbortController();
    const request = {
      ...call,
      ...callerOf(c),
      signal: AbortSignal.any([c.req.raw.signal, gone.signal]),
      deadlineMs: deadlineOf(c.req.raw.headers, call.timeoutMs),
    };
    try {
      const answers = await beginAnswers({ services, grammars }, request, call.choices);
      tellPlace(c, answers);
      const head = {
        id: `chatcmpl-${shortId()}`,
        created: Math.floor(now() / 1_000),
        model: answers[0].service,
        systemFingerprint: answers[0].fingerprint,
      };
      const pieces = answers.map((answer) => answer.pieces);
      const logprobs = call.generation.logprobs !== undefined;
      if (call.stream) {
        const lines = chatLines({ answers: pieces, head, includeUsage: call.includeUsage });
        return c.body(
          streamLines(lines, () => gone.abort()),
          200,
          STREAM_HEADERS,
        );
      }
      const whole = await Promise.all(pieces.map((answer) => collectAnswer(answer, { logprobs })));
      return c.json(chatCompletion(head, whole), 200);
    } catch (error) {
      gone.abort();
      throw error;
    }
  });
