/** Names of fields whose value never reaches a log, in any spelling used in this repository. */
export const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'joinToken',
  'accessToken',
  'apiKey',
  'privateKey',
  'keyPem',
  'prompt',
  'completion',
  'messages',
  'content',
] as const;

export const REDACTED = '[hidden]';

/** The same as redaction paths of pino: at the top, and one and two objects below. */
export const SECRET_PATHS: readonly string[] = SECRET_FIELDS.flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);
