import { writeSynthModel } from '@flotilla/foundry';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ServedBox } from '../../test/serve-box.ts';
import { synthBox } from '../../test/synth-box.ts';

/* What clients of the box read when its engine is killed under them, on the wire. */
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const SEQUENCES = 4;
const TOKENS = 200;
const model = 'assistant';

let box: ServedBox;
beforeAll(async () => {
  box = await synthBox({
    variant: 'tiny',
    // With random weights: it never ends by itself.
    write: (path) => writeSynthModel({ shape: 'tiny', quant: 'f16', path }),
    sequences: SEQUENCES,
  });
});
afterAll(() => box.stop());

interface Reader {
  /** What has come so far, to the letter. */
  body: string;
  /** Resolves to the status when the answer has ended. */
  ended: Promise<number>;
}

function read(path: string, body: object): Reader {
  const reader = { body: '' };
  const receive = async (): Promise<number> => {
    const response = await fetch(box.url + path, { method: 'POST', body: JSON.stringify(body) });
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) reader.body += decoder.decode(piece, { stream: true });
    return response.status;
  };
  return Object.assign(reader, { ended: receive() });
}

const chat = (text: string): Reader =>
  read('/v1/chat/completions', {
    model,
    stream: true,
    max_tokens: TOKENS,
    messages: [{ role: 'user', content: text }],
    stream_options: { include_usage: true },
  });

interface Chunk {
  choices?: { delta: { content?: string }; finish_reason: string | null }[];
  usage?: { completion_tokens: number } | null;
  error?: { code: string };
}

/** Data of whole events; the mark of the end is kept as it is. */
const eventsOf = ({ body }: Reader): (Chunk | '[DONE]')[] =>
  body
    .split('\n\n')
    .slice(0, -1)
    .map((event) => event.replace(/^data: /, ''))
    .map((data) => (data === '[DONE]' ? data : (JSON.parse(data) as Chunk)));
const chunksOf = (reader: Reader): Chunk[] => eventsOf(reader).filter((event) => event !== '[DONE]');
const hasText = (reader: Reader): boolean =>
  chunksOf(reader).some(({ choices }) => (choices?.[0]?.delta.content ?? '') !== '');
const linesOf = ({ body }: Reader) =>
  body
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { message?: { content: string }; done?: boolean; code?: string });

it('streams that had text end with an error and no end mark, and the others are answered as if nothing had been', async () => {
  const pid = box.services.deployments()[0]?.engine?.pid ?? 0;
  const ollama = read('/api/chat', {
    model,
    options: { num_predict: TOKENS },
    messages: [{ role: 'user', content: 'over the other wire' }],
  });
  const soon = { interval: 2 };
  await expect.poll(() => linesOf(ollama).length, soon).toBeGreaterThan(0);
  // It must not be done before the others have come.
  process.kill(pid, 'SIGSTOP');
  const streams = Array.from({ length: 16 }, (_, index) => chat(`stream number ${index}`));
  await expect
    .poll(() => box.services.served()[0])
    .toMatchObject({ running: SEQUENCES, queued: 1 + streams.length - SEQUENCES });
  process.kill(pid, 'SIGCONT');
  await expect.poll(() => streams.filter(hasText).length, soon).toBe(SEQUENCES - 1);
  process.kill(pid, 'SIGKILL');
  const begun = new Set(streams.filter(hasText));

  const statuses = await Promise.all([ollama, ...streams].map(({ ended }) => ended));
  expect(statuses).toEqual(statuses.map(() => 200));
  expect(begun.size).toBe(SEQUENCES - 1);
  for (const stream of begun) {
    const last = eventsOf(stream).at(-1);
    expect(last).toMatchObject({ error: { code: 'engine_crashed' } });
    expect(stream.body).not.toContain('[DONE]');
    expect(chunksOf(stream).filter(({ choices }) => choices?.[0]?.finish_reason)).toEqual([]);
  }
  const lines = linesOf(ollama);
  expect(lines.at(-1)).toMatchObject({ code: 'engine-crashed', error: expect.any(String) as string });
  expect(lines.filter(({ done }) => done === true)).toEqual([]);

  for (const stream of streams.filter((one) => !begun.has(one))) {
    const chunks = chunksOf(stream);
    expect(chunks.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(chunks.flatMap(({ choices }) => choices?.[0]?.finish_reason ?? [])).toEqual(['length']);
    expect(chunks.findLast(({ usage }) => usage)?.usage?.completion_tokens).toBe(TOKENS);
    expect(eventsOf(stream).at(-1)).toBe('[DONE]');
  }
});
