import { MOST_LOGIT_BIASES } from '@flotilla/agent-openai';
import { describe, expect, it } from 'vitest';
import { compatibilityPage } from './compatibility-page.ts';

const page = compatibilityPage();

/** What stands under a heading, up to the next one. */
const sectionOf = (heading: string): string =>
  page.split('\n### ').find((section) => section.startsWith(heading)) ?? '';

describe('the compatibility page', () => {
  it.each(['`POST /v1/chat/completions`', '`POST /v1/completions`', '`options`'])(
    'says under %s which penalties are refused together',
    (heading) => {
      for (const other of ['frequency_penalty', 'presence_penalty'])
        expect(sectionOf(heading)).toContain(`Refused together: \`repeat_penalty\` and \`${other}\``);
    },
  );

  it('says how many tokens may have a bias', () => {
    const most = `up to ${MOST_LOGIT_BIASES.toLocaleString('en')} tokens`;
    expect(sectionOf('`POST /v1/chat/completions`')).toContain(`| \`logit_bias\` | honoured | ${most}`);
  });

  it('names all that `reasoning` may hold', () => {
    expect(sectionOf('`POST /v1/responses`')).toMatch(/\| `reasoning` \| honoured \| effort.*summary/);
  });
});
