import { expect, it } from 'vitest';
import { writeScriptedModel } from './write-scripted-model.ts';

it.each([
  ['a token twice', ['yes', 'no', 'yes']],
  ['a token that is a byte', ['a']],
  ['nothing', []],
])('refuses a script with %s, which could not be followed', async (_, script) => {
  await expect(writeScriptedModel({ path: '/nowhere/x.gguf', script })).rejects.toThrow(/no two the same/);
});
