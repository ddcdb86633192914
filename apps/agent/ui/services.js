import { drawDegraded } from './degraded.js';
import { element, fact } from './element.js';
import { bytes, duration, number, speed } from './format.js';
import { drawHold } from './holds.js';

const STATES = {
  serving: ['Serving', 'good'],
  sleeping: ['Loaded when asked', 'quiet'],
  changing: ['Changing', ''],
  absent: ['Not here yet', ''],
  blocked: ['Cannot change', ''],
  failed: ['Failed', 'bad'],
};

const PHASES = {
  resolving: 'Choosing the variant that fits.',
  admitting: 'Looking whether there is room.',
  fetching: 'Fetching the model.',
  verifying: 'Checking the file.',
  loading: 'Loading the model.',
  checking: 'Trying its golden prompts.',
  switching: 'Switching over.',
  draining: 'Letting the old one finish.',
  committing: 'Making it stay.',
  'rolling-back': 'Going back to the last good release.',
};

/** Which of the explanations are open, so that drawing anew does not close them. */
const opened = new Set();

/** `holds`: what keeps services from their next release. */
export function drawServices(services, { now, holds }) {
  if (services.length === 0)
    return [
      element('p', { className: 'panel hint' }, 'No service yet: the fleet has not given this box one.'),
    ];
  return services.map((service) =>
    drawService(service, { now, hold: holds.find((hold) => hold.service === service.service) }),
  );
}

function drawService(service, { now, hold }) {
  const { variant, adapter, engine = {}, resolution, progress, problem, degraded = [] } = service;
  const isHeld = hold !== undefined && problem?.code === 'held';
  const [label, tone] = isHeld ? ['On hold', ''] : (STATES[service.state] ?? [service.state, '']);
  const chosen = resolution?.candidates.find(({ verdict }) => verdict === 'chosen');
  // While one release serves, the choice that is known is that of the next.
  const isNext = chosen !== undefined && variant !== undefined && chosen.variant !== variant.name;
  const whose = isNext ? `Next is ${chosen.variant}` : 'Why this one';
  return element(
    'article',
    { className: 'panel service' },
    element(
      'div',
      { className: 'row spread' },
      element('h3', {}, service.service),
      element('span', { className: `badge ${tone}` }, label),
    ),
    variant &&
      element(
        'p',
        {},
        variant.name,
        ` · ${variant.quantization}`,
        adapter &&
          ` · with the adapter ${adapter.name}${adapter.scale === 1 ? '' : ` × ${number(adapter.scale)}`}`,
      ),
    chosen && element('p', { className: 'why' }, `${whose}: ${chosen.reason}`, !isNext && nowWith(service)),
    service.state === 'changing' &&
      element('p', { className: 'notice' }, PHASES[service.phase] ?? 'A change is under way.'),
    progress && drawProgress(progress),
    hold && drawHold(hold, service.revision),
    problem &&
      !isHeld &&
      element(
        'p',
        { className: service.state === 'failed' ? 'notice bad' : 'notice' },
        [problem.detail, problem.fix].filter(Boolean).join(' '),
      ),
    degraded.length > 0 && drawDegraded(degraded),
    element(
      'dl',
      { className: 'facts' },
      ...[
        fact(
          'Speed',
          engine.tokensPerSecond === undefined ? undefined : speed(engine.tokensPerSecond),
          'one stream',
        ),
        fact(
          'Memory',
          engine.actualBytes === undefined ? undefined : bytes(engine.actualBytes),
          engine.estimatedBytes === undefined ? undefined : `${bytes(engine.estimatedBytes)} expected`,
        ),
        fact(
          'Context',
          engine.contextTokens === undefined ? undefined : `${number(engine.contextTokens)} tokens`,
          engine.sequences === undefined ? undefined : `${engine.sequences} at once`,
        ),
        fact('Runs on', runsOn(engine)),
        fact('Release', service.revision === undefined ? undefined : `revision ${service.revision}`),
        fact(
          service.state === 'serving' ? 'Serving for' : 'So for',
          service.since === undefined ? undefined : duration(now - service.since),
        ),
        fact('Restarts', engine.restarts ? number(engine.restarts) : undefined),
      ],
    ),
    resolution && drawCandidates(service.service, resolution.candidates),
  );
}

/** What was chosen is what it began with: how it runs after steps down. */
function nowWith({ degraded = [], engine: { sequences, contextTokens } = {} }) {
  const isLess = degraded.some(({ rung }) => rung === 'fewer-sequences' || rung === 'shorter-context');
  if (!isLess || sequences === undefined) return undefined;
  return ` Now it runs with ${sequences} × ${contextTokens} tokens.`;
}

function runsOn({ gpu, threads }) {
  if (gpu === undefined) return undefined;
  if (gpu !== 'cpu') return gpu;
  return threads === undefined ? 'CPU' : `CPU, ${threads === 1 ? '1 thread' : `${threads} threads`}`;
}

function drawProgress({ doneBytes, totalBytes, bytesPerSecond }) {
  const rate = bytesPerSecond ? `, ${bytes(bytesPerSecond)}/s` : '';
  return element(
    'div',
    {},
    element('progress', { max: totalBytes, value: doneBytes, ariaLabel: 'Fetched' }),
    element('p', { className: 'hint' }, `${bytes(doneBytes)} of ${bytes(totalBytes)}${rate}`),
  );
}

const VERDICTS = { chosen: 'chosen', rejected: 'not this one', 'not-tried': 'not needed' };

function drawCandidates(service, candidates) {
  if (candidates.length < 2) return undefined;
  const details = element(
    'details',
    { open: opened.has(service) },
    element('summary', {}, `All ${candidates.length} candidates, in order of preference`),
    element(
      'ol',
      { className: 'candidates' },
      ...candidates.map(({ variant, verdict, reason }) =>
        element('li', {}, `${variant}: ${VERDICTS[verdict] ?? verdict}`, element('small', {}, reason)),
      ),
    ),
  );
  details.addEventListener('toggle', () => (details.open ? opened.add(service) : opened.delete(service)));
  return details;
}
