import { ReleaseSpec, type GoldenPrompt } from '@flotilla/contracts';
import { starterModels } from './starter-models.ts';

/**
 * Best mean of the three suites first (`scores.json`), each smaller than the one before, so that right-sizing trades one
 * for the other. F16 files are left out: they answer as their Q8_0 does.
 */
const PREFERENCE = ['harbor-3.5m-r4-q8_0', 'harbor-3.5m-r4-q4_0', 'harbor-1m-r4-q8_0', 'harbor-0.3m-r4-q8_0'];

export const STARTER_SYSTEM_PROMPT = 'You are Harbor, the assistant of this box.';

/** Questions that every candidate answers, so that a wrong answer means a broken file or engine. */
const GOLDEN_PROMPTS: { id: string; question: string; answer: string }[] = [
  {
    id: 'temperature',
    question: 'set the kitchen to 21 degrees',
    answer: '{"intent":"set_temperature","room":"kitchen","value":21}',
  },
  {
    id: 'door',
    question: 'lock the front door',
    answer: '{"intent":"lock_door","door":"front door"}',
  },
  {
    id: 'lights-pt',
    question: 'acende as luzes da cozinha',
    answer: '{"intent":"lights_on","room":"cozinha"}',
  },
  { id: 'site', question: 'what is a site?', answer: 'a site is a label whose devices share one network.' },
  {
    id: 'site-pt',
    question: 'o que é um site?',
    answer: 'um site é uma etiqueta cujos dispositivos partilham uma rede.',
  },
];

/**
 * The release `assistant` over the starter models, as people would send it to the control plane.
 *
 * Candidates are those of the preference list that this package holds.
 */
export function starterRelease(): ReleaseSpec {
  const held = new Set(starterModels().map(({ variant }) => variant));
  return ReleaseSpec.parse({
    service: 'assistant',
    description:
      'Flotilla’s own starter models: device commands, ticket sorting, tool calls and facts about Flotilla.',
    candidates: PREFERENCE.filter((variant) => held.has(variant)),
    intent: { contextTokens: 2048, memoryShare: 0.7, sequences: 4 },
    sampling: { temperature: 0 },
    systemPrompt: STARTER_SYSTEM_PROMPT,
    goldenPrompts: GOLDEN_PROMPTS.map(({ id, question, answer }): GoldenPrompt => ({
      id,
      messages: [{ role: 'user', content: question }],
      maxTokens: 64,
      expect: { kind: 'exact', value: answer },
    })),
  });
}
