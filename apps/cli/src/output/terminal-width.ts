/** Columns of the terminal; endless where the output goes to a file or a program, for which no line is broken. */
export function terminalWidth(): number {
  const said = process.stdout.columns ?? Number(process.env['COLUMNS']);
  return Number.isInteger(said) && said >= 40 ? said : Infinity;
}
