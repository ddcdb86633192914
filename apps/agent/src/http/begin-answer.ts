import {
  allowsThinking,
  saysAboutThinking,
  settleThinking,
  unsupported,
  type AnswerForm,
  type GenerationRequest,
  type ThinkingWish,
  type TokenUsage,
} from '@flotilla/agent-openai';
import type { EngineInfo, GenerationEvent, ServiceCall, ServiceGeneration } from '@flotilla/agent-serving';
import { FlotillaError } from '@flotilla/contracts';
import { answerPieces, type AnswerPiece } from './answer-pieces.ts';
import type { BoxApiDeps } from './deps.ts';
import type { GrammarCompiler } from './grammar-compiler.ts';
import { servedByName } from './served-by-name.ts';

export interface AnswerDeps {
  services: Pick<BoxApiDeps['services'], 'generate' | 'served' | 'preload'>;
  grammars: GrammarCompiler;
}

/** An answer as any of the APIs asks for it. */
export interface AnswerRequest extends ServiceCall {
  /** Without `grammar` and `templateOptions`: they come from `form` and `thinking`. */
  generation: GenerationRequest;
  form: AnswerForm;
  thinking?: Omit<ThinkingWish, 'form'>;
  /** True for a continuation without a template: its text is shown as it is. Default false. */
  raw?: boolean;
}

/** An answer that has begun: from here on it can only end or break. */
export interface BegunAnswer {
  service: string;
  /** Digest of the variant that answers, with that of its adapter. */
  fingerprint: string;
  /** Its place in the queue when it was accepted, first is 1; 0: it did not wait. */
  queuePosition: number;
  /** Tokens of the prompt; `cachedTokens` of them had been read before. */
  prompt: Pick<TokenUsage, 'promptTokens' | 'cachedTokens'>;
  pieces: AsyncGenerator<AnswerPiece, void>;
}

/**
 * Begins `count` answers to one request, each with a seed of its own where the request has one.
 *
 * Resolves once the engine has taken all of them; until then each can still be refused by status. Throws that
 * refusal, after which the caller must abort the signal to end those that had begun.
 */
export async function beginAnswers(
  { services, grammars }: AnswerDeps,
  request: AnswerRequest,
  count = 1,
): Promise<[BegunAnswer, ...BegunAnswer[]]> {
  const { model, form, key, priority, signal, deadlineMs, keepForMs } = request;
  const wish = { ...request.thinking, form };
  const startedAt = performance.now();
  const leftMs = (): number | undefined =>
    deadlineMs === undefined ? undefined : Math.max(1, Math.ceil(deadlineMs - performance.now() + startedAt));
  const known = saysAboutThinking(wish) ? await engineFor(services, request) : undefined;
  const thinking = settleThinking(wish, known);
  if (!thinking.ok) throw thinking.error;
  const grammar = await inTime(
    { signal, deadlineMs, leftMs: leftMs(), doing: 'the schema was compiled' },
    (ends) => grammars.compile(form, { key, priority, signal: ends }),
  );
  const begin = async (index: number): Promise<BegunAnswer> => {
    const { seed } = request.generation.sampling;
    const generation = services.generate({
      model,
      key,
      priority,
      signal,
      deadlineMs: leftMs(),
      keepForMs,
      request: {
        ...request.generation,
        sampling: {
          ...request.generation.sampling,
          ...(seed === undefined ? {} : { seed: seedOf(seed, index) }),
        },
        ...(grammar === undefined ? {} : { grammar }),
        ...(thinking.templateOptions === undefined ? {} : { templateOptions: thinking.templateOptions }),
      },
    });
    const { started, events } = await begun(generation);
    if (started.thinking && thinking.mustNotThink !== undefined)
      throw unsupported(thinking.mustNotThink, 'the model’s template always begins with thinking');
    const thinks = allowsThinking(form) && request.raw !== true;
    const marks = thinks ? engineOf(services, generation.service)?.thinkingTags : undefined;
    return {
      service: generation.service,
      fingerprint: generation.fingerprint() ?? '',
      queuePosition: generation.queuePosition,
      prompt: started,
      pieces: answerPieces(events, {
        findsCalls: form.calls !== undefined,
        ...(marks === undefined ? {} : { thinking: marks }),
      }),
    };
  };
  const [first, ...others] = await Promise.all(Array.from({ length: count }, (_, index) => begin(index)));
  if (first === undefined) throw new FlotillaError('internal', 'No answer was asked for.');
  return [first, ...others];
}

/** Another one for each answer, the first with the one that was asked for; the largest integer has none above it. */
function seedOf(seed: number, index: number): number {
  return Number.isSafeInteger(seed + index) ? seed + index : seed - index;
}

/** What is known of the engine that a model's name leads to, of the last one while it sleeps; undefined before the first. */
export function engineOf(
  services: Pick<BoxApiDeps['services'], 'served'>,
  model: string,
): EngineInfo | undefined {
  const found = servedByName(services, model);
  return found?.deployment?.engine ?? found?.deployment?.lastEngine;
}

/** What is known of that engine; where none was loaded yet, after it was. Throws what refuses or ends the wait. */
export async function engineFor(
  services: Pick<BoxApiDeps['services'], 'served' | 'preload'>,
  { model, signal, deadlineMs, keepForMs }: Omit<ServiceCall, 'key'>,
): Promise<EngineInfo | undefined> {
  const known = engineOf(services, model);
  if (known !== undefined) return known;
  await inTime({ signal, deadlineMs, doing: 'the model was loaded' }, (ends) =>
    services.preload({ model, keepForMs, signal: ends }),
  );
  return engineOf(services, model);
}

/** Work that ends with its caller, or when nothing is left of the deadline: then `timeout`, saying what it was doing. */
async function inTime<Result>(
  {
    signal,
    deadlineMs,
    leftMs = deadlineMs,
    doing,
  }: { signal: AbortSignal; deadlineMs: number | undefined; leftMs?: number | undefined; doing: string },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (leftMs === undefined) return work(signal);
  const over = AbortSignal.timeout(leftMs);
  try {
    return await work(AbortSignal.any([signal, over]));
  } catch (error) {
    if (!over.aborted || signal.aborted) throw error;
    throw new FlotillaError('timeout', `The deadline of ${deadlineMs} ms passed while ${doing}.`, {
      cause: error,
      details: { deadlineMs, fix: 'Allow more time.' },
    });
  }
}

/** Waits for the first event; throws what the request is refused with. */
async function begun(generation: ServiceGeneration): Promise<{
  started: Extract<GenerationEvent, { kind: 'started' }>;
  events: AsyncIterable<GenerationEvent>;
}> {
  const first = await generation.events.next();
  if (first.done === true || first.value.kind !== 'started')
    throw new FlotillaError('internal', 'The generation ended before it began.');
  const started = first.value;
  const rest = generation.events;
  const events = (async function* () {
    yield started;
    yield* rest;
  })();
  return { started, events };
}
