import { describe, expect, it } from 'vitest';
import { modelDefaults, parseBlobDigest, parseCopy, parseCreate, parseDelete, parsePull } from './manage.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

describe('parseCreate', () => {
  it('reads a file, a name without Ollama’s tag, and what is said of the model', () => {
    const parsed = parseCreate({
      model: 'mine:latest',
      files: { 'tiny.gguf': A },
      system: 'Be brief.',
      license: ['MIT', 'and more'],
      parameters: { temperature: 0, stop: 'x', num_ctx: 512, num_thread: 4, top_k: null },
    });
    expect(parsed).toEqual({
      ok: true,
      call: {
        model: 'mine',
        stream: true,
        of: { kind: 'file', digest: 'a'.repeat(64) },
        system: 'Be brief.',
        license: 'MIT\n\nand more',
        parameters: { temperature: 0, stop: ['x'], num_ctx: 512 },
      },
    });
  });

  it('reads a model that it is made of, under the older name of `model`', () => {
    expect(parseCreate({ name: 'qwen2.5:7b-q4_K_M', from: 'assistant:latest', stream: false })).toMatchObject(
      {
        call: { model: 'qwen2.5:7b-q4_K_M', stream: false, of: { kind: 'model', model: 'assistant' } },
      },
    );
  });

  it('takes one file that has two names', () => {
    expect(parseCreate({ model: 'mine', files: { a: A, b: A } }).ok).toBe(true);
  });

  it.each([
    [{ files: { a: A } }, 'model'],
    [{ model: 'mine' }, 'files'],
    [{ model: 'mine', files: {} }, 'files'],
    [{ model: 'mine', files: { a: A, b: B } }, 'files'],
    [{ model: 'mine', files: { a: 'sha256:../../x' } }, 'files.a'],
    [{ model: 'mine', files: { a: A }, from: 'assistant' }, 'from'],
    [{ model: '../../x', from: 'assistant' }, 'model'],
    [{ model: 'user/mine', from: 'assistant' }, 'model'],
    [{ model: 'mine@base', from: 'assistant' }, 'model'],
    [{ model: '.mine', from: 'assistant' }, 'model'],
    [{ model: 'Mine', from: 'assistant' }, 'model'],
    [{ model: 'mine:../x', from: 'assistant' }, 'model'],
    [{ model: 'mine:a:b', from: 'assistant' }, 'model'],
    [{ model: 'm'.repeat(64), from: 'assistant' }, 'model'],
    [{ model: 'mine', from: 'assistant', adapters: { a: A } }, 'adapters'],
    [{ model: 'mine', from: 'assistant', messages: [{ role: 'user', content: 'x' }] }, 'messages'],
    [{ model: 'mine', from: 'assistant', parameters: { mirostat: 1 } }, 'parameters.mirostat'],
    [{ model: 'mine', from: 'assistant', parameters: { sparkle: 1 } }, 'parameters.sparkle'],
    [{ model: 'mine', from: 'assistant', parameters: { num_ctx: 8 } }, 'parameters.num_ctx'],
    [{ model: 'mine', from: 'assistant', parameters: { num_thread: {} } }, 'parameters.num_thread'],
    [
      { model: 'mine', from: 'assistant', parameters: { repeat_penalty: 1.1, presence_penalty: 1 } },
      'parameters.repeat_penalty',
    ],
    [{ model: 'mine', name: 'other', from: 'assistant' }, 'name'],
    [{ model: 'mine', from: 'assistant', remote_host: 'x' }, 'remote_host'],
  ])('refuses %j by the field at fault', (body, field) => {
    expect(parseCreate(body)).toMatchObject({ ok: false, error: { details: { field } } });
  });

  it('lets what is refused through where it says nothing', () => {
    const silent = { adapters: {}, messages: [], template: '', quantize: '', parameters: { mirostat: 0 } };
    expect(parseCreate({ model: 'mine', from: 'assistant', ...silent }).ok).toBe(true);
  });
});

it('tells the engine and later requests what the parameters of a model mean', () => {
  expect(modelDefaults({ temperature: 0, stop: ['x'], num_predict: 5, num_ctx: 512 })).toMatchObject({
    sampling: { temperature: 0 },
    stop: ['x'],
    maxTokens: 5,
    contextTokens: 512,
  });
  expect(modelDefaults({})).toMatchObject({ stop: [], maxTokens: undefined, contextTokens: undefined });
});

it('takes the empty texts that clients in Go send for what they leave out', () => {
  const empty = { username: '', password: '' };
  expect(parseDelete({ model: '', name: 'mine' })).toEqual({ ok: true, call: { model: 'mine' } });
  expect(parseDelete({ model: 'mine', name: '' })).toEqual({ ok: true, call: { model: 'mine' } });
  expect(parsePull({ model: '', name: 'mine', ...empty })).toMatchObject({
    ok: true,
    call: { model: 'mine' },
  });
  expect(parseCreate({ model: 'mine', name: '', from: '', files: { a: A } })).toMatchObject({
    ok: true,
    call: { model: 'mine', of: { kind: 'file' } },
  });
  expect(parseDelete({ model: '', name: '' })).toMatchObject({ error: { details: { field: 'model' } } });
});

it('refuses two names that say two models, and takes them where they say one', () => {
  for (const parse of [parseDelete, parsePull]) {
    expect(parse({ model: 'mine', name: 'other' })).toMatchObject({
      ok: false,
      error: { details: { field: 'name' } },
    });
    expect(parse({ model: 'mine', name: 'mine:latest' })).toMatchObject({
      ok: true,
      call: { model: 'mine' },
    });
  }
});

it('asks no registry with anyone’s name', () => {
  expect(parsePull({ model: 'mine', username: 'ann' })).toMatchObject({
    error: { details: { field: 'username' } },
  });
});

it('reads copies, deletions, pulls and digests', () => {
  expect(parseCopy({ source: 'assistant:latest', destination: 'mine:7b' })).toEqual({
    ok: true,
    call: { source: 'assistant', destination: 'mine:7b' },
  });
  expect(parseCopy({ source: 'assistant', destination: '../x' })).toMatchObject({
    error: { details: { field: 'destination' } },
  });
  expect(parseDelete({ name: 'mine:latest' })).toEqual({ ok: true, call: { model: 'mine' } });
  expect(parseDelete({})).toMatchObject({ error: { details: { field: 'model' } } });
  expect(parsePull({ model: 'mine', insecure: true })).toEqual({
    ok: true,
    call: { model: 'mine', stream: true },
  });
  expect(parseBlobDigest(A)).toEqual({ ok: true, call: { digest: 'a'.repeat(64) } });
  expect(parseBlobDigest('sha256:..%2f')).toMatchObject({ error: { details: { field: 'digest' } } });
});
