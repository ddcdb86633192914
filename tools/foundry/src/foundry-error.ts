/** What went wrong in a foundry run, in words a person can act on: what is wrong, then what to do. */
export class FoundryError extends Error {
  override readonly name = 'FoundryError';
}
