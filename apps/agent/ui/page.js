import { drawBox, describeLink } from './box.js';
import { BoxError, readServices, readStatus, useKey } from './box-client.js';
import { offerServices, startChat } from './chat.js';
import { element } from './element.js';
import { drawLocalModels } from './local-models.js';
import { startScheme } from './scheme.js';
import { drawServices } from './services.js';

const EVERY_MS = 2_000;
const find = (id) => document.getElementById(id);

let drawn = '';

function draw(status) {
  const { at, services, holds, localModels = [] } = status;
  // What people read, select and open is drawn anew only when it says something else; times in it move by the minute.
  const now = JSON.stringify([services, holds, localModels]) + Math.floor(at / 60_000);
  find('box').replaceChildren(...drawBox(status));
  const link = describeLink(status.link);
  find('link').replaceChildren(
    element('span', { className: link.good ? 'dot good' : 'dot', ariaHidden: 'true' }),
    link.text,
  );
  find('link').title = link.problem ?? '';
  find('box-name').textContent = status.facts?.hostname ?? '';
  if (now === drawn) return;
  drawn = now;
  const part = find('services');
  // Who stands on an explanation with the keyboard stays there.
  const place = [...part.querySelectorAll('summary')].indexOf(document.activeElement);
  part.replaceChildren(...drawServices(services, { now: at, holds }), ...drawLocalModels(localModels));
  part.querySelectorAll('summary')[place]?.focus({ preventScroll: true });
}

function showProblem(text) {
  find('problem').hidden = text === undefined;
  find('problem').textContent = text ?? '';
}

async function refresh() {
  try {
    draw(await readStatus());
    offerServices(await readServices());
    showProblem(undefined);
    find('key-form').hidden = true;
    find('parts').hidden = false;
  } catch (error) {
    const needsKey = error instanceof BoxError && error.status === 401;
    find('key-form').hidden = !needsKey;
    find('parts').hidden = needsKey;
    const unreachable = 'The agent on this box does not answer. It is tried again.';
    showProblem(needsKey ? undefined : error instanceof BoxError ? error.message : unreachable);
  }
}

find('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  useKey(find('key').value);
  void refresh();
});

startScheme(find('scheme'));
startChat();
await refresh();
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, document.hidden ? EVERY_MS * 5 : EVERY_MS));
  await refresh();
}
