import { Labels } from '@flotilla/contracts';

export type LabelsParse = { ok: true; labels: Labels } | { ok: false; reason: string };

/** Reads `key=value, key=value`; a reason says what is wrong. */
export function parseLabels(text: string): LabelsParse {
  const labels: Record<string, string> = {};
  for (const part of text.split(',')) {
    const pair = part.trim();
    if (pair === '') continue;
    const at = pair.indexOf('=');
    if (at < 1) return { ok: false, reason: `\`${pair}\` is not key=value` };
    const key = pair.slice(0, at).trim();
    if (key in labels) return { ok: false, reason: `\`${key}\` is there twice` };
    labels[key] = pair.slice(at + 1).trim();
  }
  const parsed = Labels.safeParse(labels);
  if (parsed.success) return { ok: true, labels: parsed.data };
  const issue = parsed.error.issues[0];
  const about = issue?.path[0];
  const key = issue?.code === 'invalid_key' ? issue.issues[0]?.message : issue?.message;
  return {
    ok: false,
    reason: `${about === undefined ? '' : `\`${String(about)}\` `}${key ?? 'is not valid'}`,
  };
}
