import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from './generated-files.ts';

const ROOT = new URL('../../../', import.meta.url);

describe('the generated files', () => {
  it.each(Object.entries(generatedFiles()))(
    '%s is what its source says: run `npx nx run docs:generate`',
    async (path, text) => {
      expect(await readFile(new URL(path, ROOT), 'utf8').catch(() => '')).toBe(text);
    },
  );
});

describe('the OpenAPI document', () => {
  const document = JSON.parse(generatedFiles()['docs/reference/openapi.json'] ?? '') as {
    components: { schemas: Record<string, unknown>; responses: Record<string, unknown> };
  };

  it('refers only to what it holds, and holds nothing that it does not refer to', () => {
    const text = JSON.stringify(document);
    const referred = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    );
    expect([...referred].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
    expect(text).not.toMatch(/"\$ref":"(?!#\/components\/)/);
  });

  it('lets an answer gain fields and a request only those it knows', () => {
    const { schemas } = document.components as {
      schemas: Record<string, { additionalProperties?: boolean }>;
    };
    expect(schemas['DeviceDetail']).not.toHaveProperty('additionalProperties');
    expect(schemas['CreateRolloutRequest']).toHaveProperty('additionalProperties', false);
  });

  it('does not ask people for members that have a default', () => {
    const schemas = document.components.schemas as Record<string, { required?: string[] }>;
    expect(schemas['CreateJoinTokenRequest']?.required ?? []).toEqual([]);
    expect(schemas['ReleaseSpec']?.required).toEqual(['service', 'candidates', 'intent', 'goldenPrompts']);
    expect(schemas['GoldenPromptInput']?.required).not.toContain('maxTokens');
    expect(schemas['GoldenPrompt']?.required).toContain('maxTokens');
  });
});
