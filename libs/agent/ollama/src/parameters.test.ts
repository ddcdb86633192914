import { describe, expect, it } from 'vitest';
import { parseEmbed, parseEmbeddings } from './embed.ts';
import { Options } from './options.ts';
import { OLLAMA_ENDPOINTS, OLLAMA_OPTIONS } from './parameters.ts';
import { parseChat, parseGenerate } from './request.ts';
import { parseCopy, parseCreate, parseDelete, parsePull } from './manage.ts';
import { parseShow } from './show.ts';

const PARSERS: Record<string, (body: unknown) => { ok: boolean }> = {
  '/api/chat': parseChat,
  '/api/generate': parseGenerate,
  '/api/embed': parseEmbed,
  '/api/embeddings': parseEmbeddings,
  '/api/show': parseShow,
  '/api/create': parseCreate,
  '/api/copy': parseCopy,
  '/api/delete': parseDelete,
  '/api/pull': parsePull,
};

/** What else a body must have, so that a refusal is of the nonsense in it. */
const WHOLE: Record<string, object> = { '/api/create': { from: 'assistant' } };

/** No parameter has this value: who reads a field refuses it. */
const NONSENSE = { nonsense: true };

describe('the tables', () => {
  it('are read: no honoured parameter is let through without a look', () => {
    const unread = OLLAMA_ENDPOINTS.flatMap(({ path, parameters = {} }) => {
      const parse = PARSERS[path];
      if (parse === undefined) return [];
      return Object.keys(parameters).filter(
        (name) =>
          name !== 'format' &&
          name !== 'options' &&
          parse({ ...WHOLE[path], model: 'assistant', [name]: NONSENSE }).ok,
      );
    });
    expect(unread).toEqual([]);
  });

  it('say of each option that is not read that it is accepted', () => {
    const read = new Set(Object.keys(Options.shape));
    const silent = Object.entries(OLLAMA_OPTIONS).filter(
      ([name, parameter]) =>
        parameter.support === 'honoured' && !read.has(name) && !parameter.note?.startsWith('accepted'),
    );
    expect(silent).toEqual([]);
    expect([...read].filter((name) => !Object.hasOwn(OLLAMA_OPTIONS, name))).toEqual([]);
  });

  it('name no option that is let through without a look', () => {
    const unread = Object.keys(OLLAMA_OPTIONS).filter(
      (name) => parseEmbed({ model: 'assistant', options: { [name]: NONSENSE } }).ok,
    );
    expect(unread).toEqual([]);
  });
});
