/**
 * A new element. Children are elements or text: text stays text, whatever is in it.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} properties
 * @param {...(Node | string | false | undefined)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== undefined && child !== false && child !== ''));
  return made;
}

/** One name with its value, for a list of facts. A fact that is not known is left out. */
export function fact(name, value, note) {
  if (value === undefined) return undefined;
  return element(
    'div',
    {},
    element('dt', {}, name),
    element('dd', {}, value, note !== undefined && element('small', {}, note)),
  );
}
