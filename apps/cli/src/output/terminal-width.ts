/** Columns of the terminal; where the output goes to a file or a program `unknown`: by default no line is broken. */
export function terminalWidth({ unknown = Infinity } = {}): number {
  const said = process.stdout.columns ?? Number(process.env['COLUMNS']);
  return Number.isInteger(said) && said >= 40 ? said : unknown;
}
