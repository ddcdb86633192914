/** `warn`: it works, with less · `fail`: it will not work. */
export interface Finding {
  check: string;
  verdict: 'ok' | 'warn' | 'fail';
  detail: string;
}

export function ok(check: string, detail: string): Finding {
  return { check, verdict: 'ok', detail };
}

export function warn(check: string, detail: string): Finding {
  return { check, verdict: 'warn', detail };
}

export function fail(check: string, detail: string): Finding {
  return { check, verdict: 'fail', detail };
}
