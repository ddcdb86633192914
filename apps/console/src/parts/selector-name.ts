/** A selector as people read it. */
export function selectorName(selector: string): string {
  return selector === '*' ? 'all devices' : selector;
}
