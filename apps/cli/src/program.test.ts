import { writeFile } from 'node:fs/promises';
import { createPlaneClient } from '@flotilla/api-client';
import type { Adapter, DeviceSummary } from '@flotilla/contracts';
import { tempFolder } from '@flotilla/testkit';
import { describe, expect, it } from 'vitest';
import { createContext } from './context.ts';
import { createProgram } from './program.ts';

const DIGEST = 'a'.repeat(64);
const ADAPTER: Adapter = {
  digest: DIGEST,
  name: 'shop-lora',
  modelId: 'harbor',
  bytes: 5,
  manifestDigest: DIGEST,
  facts: { architecture: 'llama', quantization: 'F16', rank: 8 },
};

/** Runs a command line; `answer` stands for the control plane. What was asked of it, and what was printed. */
async function run(args: string[], answer: (asked: string) => unknown) {
  const asked: string[] = [];
  const printed: string[] = [];
  const context = {
    env: {},
    now: () => 0,
    signal: new AbortController().signal,
    note: () => undefined,
    print: ({ text }: { text: string }) => void printed.push(text),
    client: () =>
      createPlaneClient({
        baseUrl: 'http://plane',
        fetch: async (input, init) => {
          const request = new Request(input, init);
          const { pathname } = new URL(request.url);
          const line = `${request.method} ${pathname} ${await request.text()}`.trim();
          asked.push(line);
          const body = answer(line);
          return body === undefined
            ? new Response(null, { status: 204 })
            : Response.json(body, { status: request.method === 'GET' ? 200 : 201 });
        },
      }),
  };
  await createProgram(context).parseAsync(args, { from: 'user' });
  return { asked, printed };
}

describe('help', () => {
  type Helpful = {
    name: () => string;
    commands: readonly Helpful[];
    outputHelp: () => void;
    configureOutput: (output: { writeOut: (text: string) => void; getOutHelpWidth: () => number }) => unknown;
  };
  const all = (command: Helpful): Helpful[] => [command, ...command.commands.flatMap(all)];

  it('fits a terminal of 80 columns', () => {
    let printed = '';
    const program: Helpful = createProgram(createContext({ env: {}, signal: new AbortController().signal }));
    for (const command of all(program)) {
      command.configureOutput({ writeOut: (text) => (printed += text), getOutHelpWidth: () => 80 });
      command.outputHelp();
    }
    expect(printed).toContain('flotilla join-tokens create --uses 50');
    expect(printed.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('devices show', () => {
  it('breaks long values, in a file as well', async () => {
    const long = 'The engine ended four times in a row, each time shortly after its start. '.repeat(3).trim();
    const device = {
      id: '0192f0c1-0000-7000-8000-000000000001',
      name: 'box-12',
      state: 'failed',
      labels: {},
      reported: [
        {
          service: 'assistant',
          state: 'failed',
          problem: {
            code: 'engine-crash-loop',
            detail: long,
            fix: 'Publish a release with a smaller variant.',
          },
          resolution: { candidates: [{ variant: 'harbor-1m', verdict: 'chosen', reason: long }] },
        },
      ],
      difference: [{ service: 'assistant', reached: false, explanation: long }],
    };
    const { printed } = await run(['devices', 'show', 'box-12'], (asked) =>
      asked.endsWith('/devices') ? { items: [device] } : device,
    );
    expect(printed.join().replaceAll(/\s+/g, ' ').split(long).length).toBe(4);
    expect(
      printed
        .join('\n')
        .split('\n')
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });
});

describe('join-tokens create', () => {
  it('says in a sentence what it does not take', async () => {
    const running = run(['join-tokens', 'create', '--uses', '0'], () => undefined);
    await expect(running).rejects.toThrow("argument '0' is invalid. It must be a whole number from 1 on.");
  });
});

describe('models import', () => {
  const answer = (asked: string) => (asked.startsWith('POST') ? { id: 'i-1' } : ADAPTER);

  it('brings an adapter in for a model, under the name of its file unless it is given one', async () => {
    await using folder = await tempFolder({ name: 'cli' });
    const file = folder.file('Shop-LoRA.gguf');
    await writeFile(file, 'bytes');
    const { asked, printed } = await run(
      ['models', 'import', file, '--adapter-of', 'harbor', '--licence', 'mit'],
      answer,
    );
    expect(asked).toEqual([
      'POST /v1/imports {"modelId":"harbor","adapter":"shop-lora","licence":"mit"}',
      'PUT /v1/imports/i-1/file bytes',
    ]);
    expect(printed).toEqual([
      `Imported shop-lora (adapter of harbor, rank 8, 5 B) as ${DIGEST.slice(0, 12)}.`,
    ]);
    const named = await run(
      ['models', 'import', file, '--adapter-of', 'harbor', '--adapter', 'till'],
      answer,
    );
    expect(named.asked[0]).toContain('"adapter":"till"');
  });

  it.each([[[]], [['--model', 'm', '--adapter-of', 'm']], [['--model', 'm', '--adapter', 'a']]])(
    'asks nothing of the control plane with %j, which does not say what the file is',
    async (flags) => {
      await using folder = await tempFolder({ name: 'cli' });
      await writeFile(folder.file('x.gguf'), 'bytes');
      const asked: string[] = [];
      await expect(
        run(['models', 'import', folder.file('x.gguf'), ...flags], (line) => asked.push(line)),
      ).rejects.toThrow(/Say what the file is|cannot be used with option/);
      expect(asked).toEqual([]);
    },
  );
});

describe('devices revoke', () => {
  const device: Partial<DeviceSummary> = { id: '0192f0c1-0000-7000-8000-000000000001', name: 'box-12' };
  const answer = (asked: string) => (asked.startsWith('GET') ? { items: [device] } : undefined);

  it('does nothing without --yes, and says what it would do', async () => {
    const asked: string[] = [];
    const running = run(['devices', 'revoke', 'box-12'], (line) => {
      asked.push(line);
      return answer(line);
    });
    await expect(running).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringContaining(`box-12 (${device.id}) would be revoked`),
      details: { field: 'yes' },
    });
    expect(asked).toEqual(['GET /v1/devices']);
  });

  it('revokes the device of that name', async () => {
    const { asked, printed } = await run(['devices', 'revoke', 'box-12', '--yes'], answer);
    expect(asked).toEqual(['GET /v1/devices', `DELETE /v1/devices/${device.id}`]);
    expect(printed).toEqual([`box-12 (${device.id}) was revoked.`]);
  });
});

describe('cost', () => {
  const nothing = { amount: { micro: 0, currency: 'EUR' }, basis: 'modelled' };
  const total = {
    key: 'total',
    label: 'total',
    tokensIn: 0,
    tokensOut: 0,
    requests: 0,
    joules: { measured: 0, modelled: 3_600 },
    energy: nothing,
    hardware: nothing,
    total: nothing,
  };
  const report = (missing: string[]) => () => ({
    from: 0,
    to: 1,
    by: 'model',
    currency: 'EUR',
    lines: [],
    total,
    missing,
  });

  it('says which price it does not know, since a zero looks like a price', async () => {
    const { asked, printed } = await run(['cost', '--by', 'model'], report(['tariff']));
    expect(asked).toEqual(['GET /v1/cost']);
    expect(printed.join().split('\n').at(-1)).toBe(
      'No tariff is known for a part of this time, which counts as zero: `flotilla tariffs --help`.',
    );
    const known = await run(['cost', '--by', 'model'], report([]));
    expect(known.printed.join()).not.toContain('known');
  });
});
