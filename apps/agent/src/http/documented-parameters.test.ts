import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ANTHROPIC_ENDPOINTS } from '@flotilla/agent-anthropic';
import { OLLAMA_ENDPOINTS, OLLAMA_OPTIONS } from '@flotilla/agent-ollama';
import { OPENAI_ENDPOINTS, type ApiEndpoint } from '@flotilla/agent-openai';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const { resolve } = createRequire(import.meta.url);

/** Members of an interface as a client's own types declare it. */
function membersOf(client: string, declaredIn: string, name: string): string[] {
  const entry = resolve(client);
  const root = entry.slice(
    0,
    entry.lastIndexOf(`/node_modules/${client}/`) + `/node_modules/${client}/`.length,
  );
  const source = ts.createSourceFile(
    declaredIn,
    readFileSync(root + declaredIn, 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === name)
      for (const member of node.members)
        if (member.name !== undefined && ts.isIdentifier(member.name)) found.push(member.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const parametersAt = (endpoints: readonly ApiEndpoint[], path: string): string[] =>
  Object.keys(endpoints.find((one) => one.path === path && one.parameters !== undefined)?.parameters ?? {});

const CHAT = 'resources/chat/completions/completions.d.ts';
const MESSAGES = 'resources/messages/messages.d.ts';
const BETA_MESSAGES = 'resources/beta/messages/messages.d.ts';
/** What Anthropic's client sends as headers. */
const HEADERS = ['betas', 'user_profile_id', 'workspace_id'];

describe('every parameter that a client documents is in the table of its route', () => {
  it.each([
    ['/v1/chat/completions', CHAT, 'ChatCompletionCreateParamsBase'],
    ['/v1/responses', 'resources/responses/responses.d.ts', 'ResponseCreateParamsBase'],
    ['/v1/completions', 'resources/completions.d.ts', 'CompletionCreateParamsBase'],
    ['/v1/embeddings', 'resources/embeddings.d.ts', 'EmbeddingCreateParams'],
  ])('OpenAI’s of %s', (path, file, name) => {
    const documented = membersOf('openai', file, name);
    expect(documented).toContain('model');
    expect(parametersAt(OPENAI_ENDPOINTS, path)).toEqual(expect.arrayContaining(documented));
  });

  it.each([
    ['/v1/responses/{id}', 'responses', 'ResponseRetrieveParamsBase'],
    ['/v1/responses/{id}/input_items', 'input-items', 'InputItemListParams'],
  ])('OpenAI’s of the query of %s', (path, file, name) => {
    const documented = membersOf('openai', `resources/responses/${file}.d.ts`, name);
    expect(documented).toContain('include');
    expect(parametersAt(OPENAI_ENDPOINTS, path)).toEqual(expect.arrayContaining(documented));
  });

  it.each([
    ['/v1/messages', MESSAGES, 'MessageCreateParamsBase'],
    ['/v1/messages', BETA_MESSAGES, 'MessageCreateParamsBase'],
    ['/v1/messages/count_tokens', MESSAGES, 'MessageCountTokensParams'],
    ['/v1/messages/count_tokens', BETA_MESSAGES, 'MessageCountTokensParams'],
  ])('Anthropic’s of %s, as %s declares them', (path, file, name) => {
    const documented = membersOf('@anthropic-ai/sdk', file, name);
    expect(documented).toContain('messages');
    const inBody = documented.filter((member) => !HEADERS.includes(member));
    expect(parametersAt(ANTHROPIC_ENDPOINTS, path)).toEqual(expect.arrayContaining(inBody));
  });

  it.each([
    ['/api/chat', 'ChatRequest'],
    ['/api/generate', 'GenerateRequest'],
    ['/api/embed', 'EmbedRequest'],
    ['/api/embeddings', 'EmbeddingsRequest'],
    ['/api/show', 'ShowRequest'],
    ['/api/create', 'CreateRequest'],
    ['/api/copy', 'CopyRequest'],
    ['/api/delete', 'DeleteRequest'],
    ['/api/pull', 'PullRequest'],
  ])('Ollama’s of %s', (path, name) => {
    const documented = membersOf('ollama', 'dist/browser.d.ts', name);
    expect(documented.some((member) => member === 'model' || member === 'source')).toBe(true);
    expect(parametersAt(OLLAMA_ENDPOINTS, path)).toEqual(expect.arrayContaining(documented));
  });

  it('Ollama’s options', () => {
    const documented = membersOf('ollama', 'dist/browser.d.ts', 'Options');
    expect(documented).toContain('num_ctx');
    expect(Object.keys(OLLAMA_OPTIONS)).toEqual(expect.arrayContaining(documented));
  });
});
