/* Numbers for people, as the console writes them, in the browser's own language. */

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

export const number = (value) => (Math.abs(value) < 100 ? tenths : whole).format(value);

/** As disks and memory are sold: 1 GB is 10^9 bytes. */
export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let amount = value;
  while (amount >= 1_000 && unit < units.length - 1) {
    amount /= 1_000;
    unit += 1;
  }
  return `${number(amount)} ${units[unit]}`;
}

/** Joules below a tenth of a watt-hour, watt-hours below a kilowatt-hour. */
export function energy(joules) {
  if (joules < 360) return `${number(joules)} J`;
  if (joules < 3_600_000) return `${number(joules / 3_600)} Wh`;
  return `${number(joules / 3_600_000)} kWh`;
}

/** `3 h 5 min` */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

export const speed = (tokensPerSecond) => `${number(tokensPerSecond)} tokens/s`;
