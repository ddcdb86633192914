const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const BYTE = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const HEX = '[0-9A-Fa-f]';

/** A year divisible by 4, unless by 100, unless by 400. */
const LEAP_YEAR = '(?:\\d\\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)';
const DATE =
  `(?:\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)` +
  `|02-(?:0[1-9]|1\\d|2[0-8]))|${LEAP_YEAR}-02-29)`;
const HOUR = '(?:[01]\\d|2[0-3])';
const MINUTE = '[0-5]\\d';
const OFFSET = `[+-]${HOUR}(?::?${MINUTE})?`;
/** A leap second only where it is one without arithmetic on the offset: at 23:59:60 UTC, written as UTC. */
const TIME =
  `(?:${HOUR}:${MINUTE}:${MINUTE}(?:\\.\\d+)?(?:[Zz]|${OFFSET})` +
  `|23:59:60(?:\\.\\d+)?(?:[Zz]|[+-]00(?::?00)?))`;
const PLAIN_TIME = `${HOUR}:${MINUTE}:${MINUTE}(?:\\.\\d{1,9})?(?:Z|[+-]${HOUR}:${MINUTE})`;

interface Format {
  /** What is valid: Ajv-formats' "full" mode. */
  readonly valid: string;
  /** What is written when nothing else asks for more: the plainest form, of bounded length where there is one. */
  readonly plain?: string;
}

const FORMATS = {
  date: { valid: DATE },
  time: { valid: TIME, plain: PLAIN_TIME },
  'date-time': { valid: `${DATE}(?:[Tt]|\\s)${TIME}`, plain: `${DATE}T${PLAIN_TIME}` },
  uuid: {
    valid: `(?:[Uu][Rr][Nn]:[Uu][Uu][Ii][Dd]:)?${HEX}{8}-(?:${HEX}{4}-){3}${HEX}{12}`,
    plain: `${HEX}{8}-(?:${HEX}{4}-){3}${HEX}{12}`,
  },
  email: {
    valid: `${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+${LABEL}`,
  },
  ipv4: { valid: `(?:${BYTE}\\.){3}${BYTE}` },
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

/** Names that Zod gives to a string whose rule stands in `pattern` beside it. */
const OF_PATTERN: readonly string[] = [
  'regex',
  'includes',
  'starts_with',
  'ends_with',
  'lowercase',
  'uppercase',
];

/** Formats that say what a string is for and allow every string. */
const OF_ANY_STRING: readonly string[] = ['password', 'binary'];

export function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

export function isFormatOfAnyString(name: string): boolean {
  return OF_ANY_STRING.includes(name);
}

export function isFormatOfPattern(name: string): boolean {
  return OF_PATTERN.includes(name);
}

/** The patterns of a format, anchored. */
export function formatPatterns(name: FormatName): Format {
  const { valid, plain }: Format = FORMATS[name];
  return { valid: `^(?:${valid})$`, plain: plain === undefined ? undefined : `^(?:${plain})$` };
}
