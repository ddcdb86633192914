import { expect, it } from 'vitest';
import { fakeBox } from '../../test/fake-box.ts';

const ask = (stream: boolean) => ({
  model: 'assistant',
  stream,
  messages: [{ role: 'user', content: 'hello there' }],
});

it.each([false, true])('an accepted request says its place in the queue (stream: %s)', async (stream) => {
  const { post, engines, services } = await fakeBox({ startHeld: true });
  const answers = [post(ask(stream))];
  await expect.poll(() => services.served()[0]?.running).toBe(1);
  answers.push(post(ask(stream)));
  await expect.poll(() => services.served()[0]?.queued).toBe(1);
  engines.latest().resume();
  const places = await Promise.all(
    answers.map(async (answer) => {
      const { headers } = await answer;
      return headers.get('x-queue-position');
    }),
  );
  expect(places).toEqual(['0', '1']);
});

it('a request whose deadline is shorter than the wait is refused with the time until it is not', async () => {
  const { app, post, engines, services } = await fakeBox({ startHeld: true });
  const first = post(ask(false));
  await expect.poll(() => services.served()[0]?.running).toBe(1);
  await expect
    .poll(async () => {
      const hurried = await app.request('/v1/chat/completions', {
        method: 'POST',
        headers: { 'x-flotilla-deadline-ms': '1' },
        body: JSON.stringify(ask(false)),
      });
      await hurried.text();
      return [hurried.status, Number(hurried.headers.get('retry-after')) >= 1];
    })
    .toEqual([429, true]);
  engines.latest().resume();
  expect((await first).status).toBe(200);
});
