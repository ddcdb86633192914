import { CommandResult, toFlotillaError, type Command, type Problem } from '@flotilla/contracts';
import type { Clock } from '@flotilla/kernel';
import { readJsonFile, writeJsonFile } from '@flotilla/platform-files';
import { z } from 'zod';

/** Results kept, so that a command that comes again is answered and not done again. */
const MOST_RESULTS = 200;
const Journal = z.object({ v: z.literal(1), results: z.array(CommandResult) });

export interface CommandDeskOptions {
  path: string;
  clock: Clock;
  actions: Record<'report' | 'detect' | 'collect-garbage', () => Promise<void>>;
  publish: (result: CommandResult) => Promise<void>;
}

/** Does each command once, in the order they come, and says how it ended; a repeated one gets the same answer. */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  take(command: Command): Promise<void> {
    const turn = this.#queue.then(() => this.#takeOne(command));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #takeOne(command: Command): Promise<void> {
    const { path, publish } = this.#options;
    const journal = await readJsonFile(path, Journal).catch(() => undefined); // a damaged one is begun again
    const results = journal?.results ?? [];
    const known = results.find(({ id }) => id === command.id);
    const result = known ?? (await this.#run(command));
    if (!known) await writeJsonFile(path, { v: 1, results: [...results, result].slice(-MOST_RESULTS) });
    await publish(result);
  }

  async #run({ id, kind, expiresAt }: Command): Promise<CommandResult> {
    const { clock, actions } = this.#options;
    const result = (outcome: CommandResult['outcome'], problem?: Problem): CommandResult => ({
      v: 1,
      id,
      at: clock.now(),
      outcome,
      ...(problem ? { problem } : {}),
    });
    if (clock.now() > expiresAt) {
      return result('refused', {
        code: 'stale-document',
        detail: `The command ${kind} came after it had expired.`,
        about: id,
      });
    }
    if (kind === 'unknown') {
      return result('refused', {
        code: 'agent-too-old',
        detail: 'This agent does not know the command.',
        about: id,
      });
    }
    try {
      await actions[kind]();
      return result('done');
    } catch (error) {
      return result('failed', toFlotillaError(error).toProblem());
    }
  }
}
