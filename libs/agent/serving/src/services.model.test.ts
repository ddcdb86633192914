import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeTinyModel, type TinyModel } from '../test/tiny-model.ts';
import { collectGeneration } from './collect.ts';
import { startForkedEngine } from './forked-engine.ts';
import { createServices, type Services } from './services.ts';
import { askFor, failureOf } from './testing/index.ts';

let model: TinyModel;
let services: Services;
beforeAll(async () => {
  model = await writeTinyModel();
  services = createServices({ startEngine: startForkedEngine });
  await services.activate(
    {
      id: 'one',
      service: 'assistant',
      variant: 'tiny',
      variantDigest: 'one',
      defaults: {},
      spec: model.spec({ sequences: 2 }),
    },
    { signal: new AbortController().signal },
  );
});
afterAll(async () => {
  await services.stop();
  await model.remove();
});

const ask = (text: string, maxTokens?: number) =>
  services.generate({
    model: 'assistant',
    key: 'local',
    signal: new AbortController().signal,
    request: askFor(text, maxTokens),
  }).events;

const pid = (): number | undefined => services.deployments()[0]?.engine?.pid;

it('answers again after its engine was killed under several streams: the ones without a token are run again, the others end cleanly', async () => {
  const killed = pid();
  expect(killed).toBeDefined();
  const streaming = [ask('first'), ask('second')];
  for (const events of streaming) {
    let event = await events.next();
    while (event.done !== true && event.value.kind !== 'text') event = await events.next();
  }
  const waiting = ['third', 'fourth', 'fifth'].map((text) => collectGeneration(ask(text, 8)));
  process.kill(killed ?? 0, 'SIGKILL');
  const failures = await Promise.all(streaming.map((events) => failureOf(collectGeneration(events))));
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: 'engine-crashed', retryable: true });
    expect(failure.details['tokensProduced']).toBeGreaterThan(0);
  }
  expect((await Promise.all(waiting)).map(({ usage }) => usage.completionTokens)).toEqual([8, 8, 8]);
  expect(services.deployments()[0]).toMatchObject({ stage: 'serving', restarts: 1 });
  expect(pid()).not.toBe(killed);
});

it('runs again, unseen, what was reading its prompt when the engine was killed', async () => {
  const killed = pid();
  const answer = collectGeneration(ask('word '.repeat(200), 4));
  process.kill(killed ?? 0, 'SIGKILL');
  expect((await answer).usage.completionTokens).toBe(4);
});
