import type { GenerationRequest } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import type { RequestEvent } from '../protocol.ts';
import { createJob, type Job, type JobOptions } from './job.ts';

function jobOf(
  request: Partial<GenerationRequest>,
  promptTokens = 4,
  contextTokens = 16,
  thinks: Partial<Pick<JobOptions, 'thinking' | 'thinkingTags'>> = {},
): Job {
  return createJob({
    id: 7,
    request: { messages: [{ role: 'user', content: '' }], tools: [], stop: [], sampling: {}, ...request },
    prompt: Array.from({ length: promptTokens }, (_, index) => index),
    contextTokens,
    detokenize: (tokens) => tokens.map((token) => String.fromCharCode(token)).join(''),
    thinking: false,
    now: () => 0,
    ...thinks,
  });
}

function run(job: Job, text: string): { text: string; end: RequestEvent | undefined } {
  let shown = '';
  for (const char of [...text, undefined]) {
    const events = char === undefined ? job.end() : job.accept(char.charCodeAt(0));
    for (const event of events) if (event.kind === 'text') shown += event.text;
    const end = events.find((event) => event.kind === 'finished');
    if (end !== undefined) return { text: shown, end };
  }
  return { text: shown, end: undefined };
}

describe('createJob', () => {
  it('ends with stop when the model ends its turn', () => {
    expect(run(jobOf({}), 'hello')).toMatchObject({
      text: 'hello',
      end: { reason: 'stop', usage: { promptTokens: 4, completionTokens: 5 } },
    });
  });

  it('counts the tokens that went into thinking, also where the prompt opened it', () => {
    const tags = { open: '(', close: ')' };
    const usage = (thinking: boolean, text: string) =>
      run(jobOf({}, 4, 16, { thinking, thinkingTags: tags }), text).end;
    expect(usage(false, '(hm) yes')).toMatchObject({ usage: { completionTokens: 8, reasoningTokens: 5 } });
    expect(usage(true, 'hm) yes')).toMatchObject({ usage: { completionTokens: 7, reasoningTokens: 4 } });
    expect(usage(false, 'yes (no)')).toMatchObject({ usage: { completionTokens: 8, reasoningTokens: 0 } });
  });

  it('ends with length where the context is full, not one token later', () => {
    expect(run(jobOf({}), 'a'.repeat(50))).toMatchObject({
      text: 'a'.repeat(12),
      end: { reason: 'length', usage: { completionTokens: 12 } },
    });
  });

  it('ends with length at the asked bound', () => {
    expect(run(jobOf({ maxTokens: 3 }), 'abcdef')).toMatchObject({ text: 'abc', end: { reason: 'length' } });
  });

  it('ends with length at 1,024 tokens where no bound is asked and the context leaves more', () => {
    expect(run(jobOf({}, 4, 8_192), 'a'.repeat(2_000))).toMatchObject({
      end: { reason: 'length', usage: { completionTokens: 1_024 } },
    });
    expect(jobOf({ maxTokens: 3_000 }, 4, 8_192).maxTokens).toBe(3_000);
  });

  it('ends with stop before a stop string, also when the bound falls on its end', () => {
    expect(run(jobOf({ stop: ['END'] }), 'oneENDtwo')).toMatchObject({
      text: 'one',
      end: { reason: 'stop', stop: 'END', usage: { completionTokens: 6 } },
    });
    expect(run(jobOf({ stop: ['END'], maxTokens: 6 }), 'oneENDtwo')).toMatchObject({
      text: 'one',
      end: { reason: 'stop', stop: 'END' },
    });
  });

  it('shows what was held back for a stop string that never came', () => {
    expect(run(jobOf({ stop: ['END'], maxTokens: 5 }), 'oneEN')).toMatchObject({
      text: 'oneEN',
      end: { reason: 'length' },
    });
  });

  it('refuses a prompt that leaves no room for one token, with both numbers', () => {
    expect(() => jobOf({}, 16)).toThrow(/16 tokens; the context holds 16/);
    expect(jobOf({}, 15).maxTokens).toBe(1);
  });

  it('gives the log-probabilities of the tokens whose text it shows, and of no others', () => {
    const job = jobOf({ stop: ['END'], logprobs: { top: 0 } });
    const shown: string[] = [];
    for (const char of 'oneEnEND') {
      const events = job.accept(char.charCodeAt(0), { token: char, bytes: [], logprob: -1, top: [] });
      for (const event of events)
        if (event.kind === 'text')
          shown.push(event.text, (event.logprobs ?? []).map(({ token }) => token).join(''));
    }
    expect(shown.filter((_, index) => index % 2 === 0).join('')).toBe('oneEn');
    expect(shown.filter((_, index) => index % 2 === 1).join('')).toBe('oneEn');
  });
});
