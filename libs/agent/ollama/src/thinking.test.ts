import { FREE_TEXT } from '@flotilla/agent-openai';
import { expect, it } from 'vitest';
import { thinkingWish, type Think } from './thinking.ts';

it.each<[Think | undefined, object]>([
  [undefined, {}],
  [true, { think: { on: true, field: 'think' } }],
  [false, { think: { on: false, field: 'think' } }],
  ['low', { effort: 'low', effortField: 'think' }],
])('think: %j is wished as Ollama documents it', (think, wish) => {
  expect(thinkingWish({ think, form: FREE_TEXT })).toEqual({ form: FREE_TEXT, ...wish });
});
