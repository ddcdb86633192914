import { InvalidArgumentError } from '@commander-js/extra-typings';

/** The value of an option that counts. @throws InvalidArgumentError for anything but 1, 2, 3, ... */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return value;
}
