import { FlotillaError } from '@flotilla/contracts';
import { toEngineProblem } from '../engine-problem.ts';
import { EngineCommand, type EngineReport } from '../protocol.ts';
import { createJob } from './job.ts';
import { asTokens } from './library-tokens.ts';
import { loadModel, type LoadedModel } from './load-model.ts';
import { samplingOptions } from './sampling.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { refuseFarTooLong, tokenizePrompt } from './tokenize-prompt.ts';

/**
 * The engine process: one model, one scheduler, spoken to over the IPC channel.
 *
 * It ends when told to, or when the supervisor is gone: an orphan would hold the memory that its
 * successor needs.
 */
interface Serving {
  loaded: LoadedModel;
  scheduler: Scheduler;
}

const now = (): number => performance.now();
let serving: Serving | undefined;

function report(message: EngineReport): void {
  if (process.connected) process.send?.(message);
}

async function load(command: Extract<EngineCommand, { type: 'load' }>): Promise<void> {
  try {
    const loaded = await loadModel(command.spec, now, tellProgress());
    const scheduler = createScheduler({
      sequences: loaded.sequences,
      batchTokens: loaded.info.batchTokens,
      now,
      report: (events) => report({ type: 'step', events }),
    });
    serving = { loaded, scheduler };
    report({ type: 'ready', info: loaded.info });
  } catch (error) {
    report({ type: 'load-failed', problem: toEngineProblem(error, 'load-failed') });
  }
}

/** Hundreds of calls a second become at most fifty messages. */
function tellProgress(): (share: number) => void {
  let told = 0;
  return (share) => {
    if (share < told + 0.02) return;
    told = share;
    report({ type: 'loading', share });
  };
}

function served(): Serving {
  if (serving === undefined) throw new FlotillaError('loading', 'The model is not loaded yet.');
  return serving;
}

function promptOf(request: Extract<EngineCommand, { type: 'count-tokens' }>['request']) {
  const { loaded } = served();
  if (request.tools.length > 0 && !loaded.template.supportsTools) {
    throw new FlotillaError(
      'unsupported-parameter',
      '`tools` is not supported: the model’s chat template knows no tools.',
      {
        details: { field: 'tools' },
      },
    );
  }
  const parts = loaded.template.render(request);
  refuseFarTooLong(loaded.model, parts, loaded.info.contextTokens);
  return tokenizePrompt(loaded.model, parts);
}

function generate({ id, request }: Extract<EngineCommand, { type: 'generate' }>): void {
  try {
    const { loaded, scheduler } = served();
    const { model, info } = loaded;
    const job = createJob({
      id,
      request,
      prompt: promptOf(request),
      contextTokens: info.contextTokens,
      detokenize: (tokens, before) => model.detokenize(asTokens(tokens), false, asTokens(before)),
      now,
    });
    scheduler.submit(job, (sequence, tokens) =>
      sequence.evaluateWithMetadata(tokens, {}, samplingOptions(request, job.generated, job.maxTokens)),
    );
  } catch (error) {
    report({ type: 'step', events: [{ kind: 'failed', id, problem: toEngineProblem(error) }] });
  }
}

function reply(id: number, answer: () => unknown): void {
  try {
    report({ type: 'reply', id, value: answer() });
  } catch (error) {
    report({ type: 'refusal', id, problem: toEngineProblem(error) });
  }
}

function stats() {
  const { user, system } = process.cpuUsage();
  return {
    rssBytes: process.memoryUsage().rss,
    cpuSeconds: (user + system) / 1e6,
    ...served().scheduler.counts(),
  };
}

function handle(command: EngineCommand): void {
  switch (command.type) {
    case 'load':
      void load(command);
      break;
    case 'generate':
      generate(command);
      break;
    case 'cancel':
      serving?.scheduler.cancel(command.id);
      break;
    case 'count-tokens':
      reply(command.id, () => promptOf(command.request).length);
      break;
    case 'tokenize':
      reply(command.id, () => served().loaded.model.tokenize(command.text, command.special));
      break;
    case 'detokenize':
      reply(command.id, () => served().loaded.model.detokenize(asTokens(command.tokens), true));
      break;
    case 'render-prompt':
      reply(command.id, () =>
        served()
          .loaded.template.render(command.request)
          .map((part) => part.text)
          .join(''),
      );
      break;
    case 'embed':
    case 'rank':
      reply(command.id, () => {
        throw new FlotillaError('unsupported-parameter', `\`${command.type}\` is not supported yet.`, {
          details: { field: 'model' },
        });
      });
      break;
    case 'stats':
      reply(command.id, stats);
      break;
    case 'stop':
      process.exit(0);
  }
}

process.on('message', (message) => handle(EngineCommand.parse(message)));
process.on('disconnect', () => process.exit(0));
// The supervisor decides when an engine ends; a Ctrl-C in its terminal reaches us too.
process.on('SIGINT', () => undefined);
