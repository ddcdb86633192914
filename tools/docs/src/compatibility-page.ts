import { ANTHROPIC_ENDPOINTS } from '@flotilla/agent-anthropic';
import { ANNOTATIONS, ENFORCED } from '@flotilla/agent-json-grammar';
import { OLLAMA_ENDPOINTS, OLLAMA_OPTIONS, OLLAMA_OPTION_PAIRS } from '@flotilla/agent-ollama';
import {
  OPENAI_ENDPOINTS,
  type ApiEndpoint,
  type ParameterTable,
  type RefusedPair,
} from '@flotilla/agent-openai';

const APIS: readonly { name: string; endpoints: readonly ApiEndpoint[] }[] = [
  { name: 'OpenAI and llama-server', endpoints: OPENAI_ENDPOINTS },
  { name: 'Ollama', endpoints: OLLAMA_ENDPOINTS },
  { name: 'Anthropic', endpoints: ANTHROPIC_ENDPOINTS },
];

/** What the box's own API honours and refuses, from the very tables that its code reads. */
export function compatibilityPage(): string {
  const parts = [
    '# What the box’s API honours and refuses',
    '',
    'Generated from the tables that the code reads (`libs/agent/{openai,ollama,anthropic}/src/parameters`). A parameter that is refused, or that no table names, is answered with 400 and its name; `null` counts as not given for the fields of a body itself and in Ollama’s `options`; further in, only where a client is known to send it. A value behind “changes nothing” is let through.',
    '',
    '| API | routes | parameters honoured | refused |',
    '|---|---|---|---|',
    ...APIS.map(({ name, endpoints }) => countsRow(name, endpoints)),
    '',
    'The model’s name is the **service** (`assistant`); the variant’s own name is accepted too where it serves no other service here (else 400 names these), and either with `@base` behind it answers without the release’s adapter. `system_fingerprint` is the digest of the variant; where an adapter was applied, a `+` and its digest follow, and `*` and its scale where that is not 1. Every request may carry `x-flotilla-deadline-ms`.',
    '',
  ];
  for (const { name, endpoints } of APIS) {
    parts.push(`## ${name}`, '', ...endpoints.flatMap(endpointLines));
    if (endpoints === OLLAMA_ENDPOINTS)
      parts.push(
        '### `options`',
        '',
        ...parameterLines(OLLAMA_OPTIONS),
        '',
        ...pairLines(OLLAMA_OPTION_PAIRS),
      );
  }
  return [...parts, ...schemaLines()].join('\n');
}

function countsRow(name: string, endpoints: readonly ApiEndpoint[]): string {
  const tables = endpoints.map(({ parameters = {} }) => parameters);
  const all = [...tables, ...(endpoints === OLLAMA_ENDPOINTS ? [OLLAMA_OPTIONS] : [])].flatMap((table) =>
    Object.values<ParameterTable[string]>(table),
  );
  const honoured = all.filter(({ support }) => support === 'honoured').length;
  return `| ${name} | ${endpoints.length} | ${honoured} | ${all.length - honoured} |`;
}

function endpointLines({ method, path, about, parameters, pairs = [] }: ApiEndpoint): string[] {
  return [
    `### \`${method} ${path}\``,
    '',
    about,
    '',
    ...(parameters === undefined ? [] : [...parameterLines(parameters), '']),
    ...pairLines(pairs),
  ];
}

function pairLines(pairs: readonly RefusedPair[]): string[] {
  const lines = pairs.map(
    ({ parameters: [first, second], why }) => `Refused together: \`${first}\` and \`${second}\`: ${why}.`,
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

function parameterLines(parameters: ParameterTable): string[] {
  const rows = Object.entries(parameters).map(([name, parameter]) => {
    if (parameter.support === 'honoured') return `| \`${name}\` | honoured | ${cell(parameter.note ?? '')} |`;
    const accepts = parameter.accepts.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
    const harmless = accepts === '' ? '' : `; ${accepts} changes nothing`;
    return `| \`${name}\` | refused | ${cell(parameter.why + harmless)} |`;
  });
  return ['| parameter | | |', '|---|---|---|', ...rows];
}

function schemaLines(): string[] {
  const list = (names: ReadonlySet<string>): string => [...names].map((name) => `\`${name}\``).join(', ');
  return [
    '## JSON Schema in structured output and forced calls',
    '',
    `Kept to exactly: ${list(ENFORCED)}.`,
    '',
    `Read as annotations: ${list(ANNOTATIONS)}.`,
    '',
    'Any other keyword, and some values of these, are refused with 400 naming the keyword by its path: `docs/decisions/2026-11-23-json-grammar.md` lists them.',
    '',
  ];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
