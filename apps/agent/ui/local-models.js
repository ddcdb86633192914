import { element } from './element.js';
import { bytes, number } from './format.js';

const STATES = {
  serving: ['Loaded', 'good'],
  ready: ['Loaded', 'good'],
  sleeping: ['Loaded when asked', 'quiet'],
  loading: ['Loading', ''],
  recovering: ['Starting again', ''],
  broken: ['Keeps failing', 'bad'],
  draining: ['Being unloaded', ''],
  hidden: ['Hidden', 'quiet'],
};

/** What programs of this box made themselves, where its owner allows that. */
export function drawLocalModels(models) {
  if (models.length === 0) return [];
  return [
    element(
      'article',
      { className: 'panel service' },
      element('h3', {}, 'Made on this box'),
      element('p', { className: 'hint' }, 'These give way to the services of the fleet.'),
      element('ul', { className: 'local' }, ...models.map(drawLocalModel)),
    ),
  ];
}

function drawLocalModel({ name, state, bytes: fileBytes, memoryBytes, contextTokens }) {
  const [label, tone] = STATES[state] ?? [state, ''];
  const isLoaded = tone === 'good';
  const facts = [
    `${bytes(fileBytes)} on disk`,
    `${bytes(memoryBytes)} of memory${isLoaded ? '' : ' once loaded'}`,
    `${number(contextTokens)} tokens of context`,
  ];
  return element(
    'li',
    {},
    element(
      'div',
      { className: 'row spread' },
      element('strong', {}, name),
      element('span', { className: `badge ${tone}` }, label),
    ),
    state === 'hidden'
      ? element('small', {}, 'A service of the fleet has its name, or its file is gone.')
      : element('small', {}, ...facts.map((said) => element('span', {}, said))),
  );
}
