import type { OpenApiDocument } from '../openapi-document.ts';
import { escapeHtml, plainPage } from './plain-page.ts';

interface Operation {
  summary?: string;
  tags: string[];
  'x-role'?: string;
  parameters?: { name: string; in: string; required: boolean; description?: string }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description?: string; content?: Record<string, { schema: object }> }>;
}

/** The API as one page that needs no network: every route with its role, parameters, body and answers. */
export function referencePage(document: OpenApiDocument): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, value] of Object.entries(methods)) {
      const operation = value as Operation;
      const tag = operation.tags[0] ?? 'other';
      groups.set(tag, [...(groups.get(tag) ?? []), operationHtml({ method, path, operation })]);
    }
  }
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary><pre>${schemaText(schema)}</pre></details>`,
  );
  return plainPage({
    title: document.info.title,
    body: `<p>${escapeHtml(document.info.description)} The same as a document: <a href="/openapi.json">/openapi.json</a>.
Send an access token as <code>Authorization: Bearer …</code>, or sign in at <code>POST /v1/session</code>.</p>
${[...groups].map(([tag, items]) => `<h2>${escapeHtml(tag)}</h2>\n${items.join('\n')}`).join('\n')}
<h2>Schemas</h2>
${schemas.join('\n')}`,
  });
}

function operationHtml({
  method,
  path,
  operation,
}: {
  method: string;
  path: string;
  operation: Operation;
}): string {
  const rows = (operation.parameters ?? []).map(
    (parameter) =>
      `<tr><td><code>${escapeHtml(parameter.name)}</code></td><td>${parameter.in}${parameter.required ? ', required' : ''}</td><td>${escapeHtml(parameter.description ?? '')}</td></tr>`,
  );
  const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
    ([mediaType, { schema }]) =>
      `<p>Body <code>${escapeHtml(mediaType)}</code>:</p><pre>${schemaText(schema)}</pre>`,
  );
  const answers = Object.entries(operation.responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { description = '', content = {} }]) => {
      const parts = Object.entries(content).map(
        ([mediaType, { schema }]) =>
          `<p><code>${escapeHtml(mediaType)}</code></p><pre>${schemaText(schema)}</pre>`,
      );
      return `<p>${status}: ${escapeHtml(description)}</p>${parts.join('')}`;
    });
  return `<details><summary><code>${method.toUpperCase()} ${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')} <small>(${escapeHtml(operation['x-role'] ?? 'nobody')})</small></summary>
${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}
${bodies.join('')}
${answers.join('')}
</details>`;
}

/** JSON with each reference as a link to its schema on the page. */
function schemaText(schema: object): string {
  return escapeHtml(JSON.stringify(schema, undefined, 2)).replaceAll(
    /&quot;\$ref&quot;: &quot;#\/components\/schemas\/(\w+)&quot;/g,
    '<a href="#$1">$1</a>',
  );
}
