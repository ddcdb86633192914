import { element } from './element.js';

const RUNGS = {
  'fewer-sequences': 'fewer requests at once',
  'shorter-context': 'a shorter context',
  'fewer-gpu-layers': 'less of the model on the GPU',
  cpu: 'on the processor alone',
  'smaller-variant': 'a smaller variant',
  'last-good-release': 'the last good release',
};

/** How a service runs that could not be run as its release promises, and since what. */
export function drawDegraded(degraded) {
  return element(
    'div',
    { className: 'notice' },
    element('p', {}, 'Runs with less than its release promises:'),
    element(
      'ul',
      {},
      ...degraded.map(({ rung, reason }) =>
        element('li', {}, RUNGS[rung] ?? rung, element('small', {}, reason)),
      ),
    ),
  );
}
