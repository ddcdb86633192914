import { answer } from './box-client.js';
import { element } from './element.js';
import { number } from './format.js';

const find = (id) => document.getElementById(id);

/** The chat box: a conversation with one service, kept in this window only. */
export function startChat() {
  const form = find('chat-form');
  const text = find('chat-text');
  const log = find('chat-log');
  const service = find('chat-service');
  const stop = find('chat-stop');
  let messages = [];
  let running;

  function startOver() {
    running?.abort();
    messages = [];
    log.replaceChildren(
      element('p', { className: 'empty' }, 'Nothing said yet. The model runs on this very box.'),
    );
  }

  function say(className, said) {
    const bubble = element('div', { className: `said ${className}` }, said);
    log.querySelector('.empty')?.remove();
    log.append(bubble);
    log.scrollTop = log.scrollHeight;
    return bubble;
  }

  async function send() {
    const said = text.value.trim();
    if (said === '' || running !== undefined || service.value === '') return;
    const control = new AbortController();
    running = control;
    text.value = '';
    stop.hidden = false;
    find('chat-send').disabled = true;
    const asked = [...messages, { role: 'user', content: said }];
    say('user', said);
    const shown = say('assistant', '…');
    log.setAttribute('aria-busy', 'true');
    try {
      const content = await show(
        answer({ model: service.value, messages: asked, signal: control.signal }),
        shown,
      );
      if (running === control) messages = [...asked, { role: 'assistant', content }];
    } catch (error) {
      if (control.signal.aborted) shown.append(element('small', {}, 'stopped'));
      else {
        shown.className = 'said failed';
        shown.textContent = error.message;
        text.value = said;
      }
    } finally {
      log.removeAttribute('aria-busy');
      running = undefined;
      stop.hidden = true;
      find('chat-send').disabled = false;
      text.focus();
    }
  }

  async function show(pieces, bubble) {
    const startedAt = performance.now();
    const said = document.createTextNode('');
    const thought = element('div', { className: 'thinking hint' });
    const begin = () => said.isConnected || bubble.replaceChildren(thought, said);
    let tokens = 0;
    for await (const piece of pieces) {
      begin();
      const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
      if (piece.thinking !== undefined) thought.append(piece.thinking);
      if (piece.text !== undefined) said.data += piece.text;
      if (piece.tokens !== undefined) tokens = piece.tokens;
      if (follows) log.scrollTop = log.scrollHeight;
    }
    begin();
    const seconds = (performance.now() - startedAt) / 1_000;
    const spent = tokens > 0 && `${number(tokens)} tokens in ${number(seconds)} s`;
    const nothing = said.data.trim() === '' && 'no answer';
    bubble.append(element('small', {}, [nothing, spent].filter(Boolean).join(', ')));
    log.scrollTop = log.scrollHeight;
    return said.data;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void send();
  });
  stop.addEventListener('click', () => running?.abort());
  find('chat-clear').addEventListener('click', startOver);
  service.addEventListener('change', startOver);
  startOver();
}

/** Offers the services that answer now; keeps the one that is chosen. */
export function offerServices(names) {
  const select = find('chat-service');
  const known = [...select.options].map(({ value }) => value);
  if (known.length === names.length && known.every((name, index) => name === names[index])) return;
  const chosen = select.value;
  select.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
  if (names.includes(chosen)) select.value = chosen;
  find('chat-send').disabled = names.length === 0;
}
