import type { z } from 'zod';

import { configReference } from './describe-config.ts';

/** The reference page of a configuration, as Markdown: one table row per setting. Generated, committed, kept equal by a test. */
export function configPage({ title, schema }: { title: string; schema: z.ZodObject }): string {
  const rows = configReference(schema).map((row) => {
    const notes = [
      row.secret ? `Secret; may be given as a file in \`${row.env}_FILE\`.` : '',
      row.reload ? 'Takes effect without a restart.' : '',
    ];
    const cells = [
      code(row.name),
      row.env === '' ? '' : code(row.env),
      row.type,
      row.default === '' ? '' : code(row.default),
      [row.description, ...notes].filter((text) => text !== '').join(' '),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  });
  const lines = [
    `# ${title}`,
    '',
    'Generated from the configuration schema: do not edit.',
    '',
    'Each over the one before: the default, the JSON file, the environment variable, the flag.',
    '',
    '| setting | variable | type | default | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ];
  return `${lines.join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}
