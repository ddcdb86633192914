import type { ThinkingTags } from '../engine.ts';

/** What the families of models that think put around it. */
const KNOWN: readonly ThinkingTags[] = [
  { open: '<think>', close: '</think>' },
  { open: '<thinking>', close: '</thinking>' },
  { open: '<thought>', close: '</thought>' },
  { open: '<reasoning>', close: '</reasoning>' },
  { open: '<seed:think>', close: '</seed:think>' },
  { open: '[THINK]', close: '[/THINK]' },
];

/** The tags that a template knows: it takes earlier thinking out, or opens a stretch of it. */
export function thinkingTagsOf(source: string): ThinkingTags | undefined {
  return KNOWN.find(({ open, close }) => source.includes(open) || source.includes(close));
}

/** The variable by which a template switches thinking: Qwen's and most others', or that of DeepSeek and Granite. */
export function thinkingSwitchOf(source: string): string | undefined {
  if (/\benable_thinking\b/.test(source)) return 'enable_thinking';
  return /\b(?:if|and|or|not)\s+thinking\b/.test(source) ? 'thinking' : undefined;
}

/** Whether what a template wrote leaves the answer inside a thinking stretch. */
export function endsThinking(written: string, tags: ThinkingTags | undefined): boolean {
  return tags !== undefined && written.lastIndexOf(tags.open) > written.lastIndexOf(tags.close);
}
