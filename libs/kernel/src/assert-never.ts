/** Makes the compiler prove that every member of a union was handled; reaching it at run time is our bug. */
export function assertNever(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`);
}
