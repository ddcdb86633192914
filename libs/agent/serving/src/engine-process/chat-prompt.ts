import { randomBytes } from 'node:crypto';
import type { GenerationMessage, FunctionTool, PromptRequest } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import { Template } from '@huggingface/jinja';
import type { ThinkingTags } from '../engine.ts';
import { mentions, refuseTemplateOptions } from './template-options.ts';
import { thinkingSwitchOf, thinkingTagsOf } from './thinking-tags.ts';

/** A stretch of the prompt. Only what the template itself wrote may hold control tokens. */
export interface PromptPart {
  text: string;
  control: boolean;
}

export interface ChatTemplate {
  /** True when the template shows the functions it is given to the model. */
  readonly supportsTools: boolean;
  readonly supportsThinking: boolean;
  /** The variable that switches it, where there is one. */
  readonly thinkingSwitch: string | undefined;
  readonly supportsReasoningEffort: boolean;
  /** Where the template knows any. */
  readonly thinkingTags: ThinkingTags | undefined;
  /** Throws `invalid-input` when the template refuses the conversation, or for an option that may not be set. */
  render(input: Pick<PromptRequest, 'messages' | 'tools' | 'templateOptions'>): PromptPart[];
}

export interface ChatTemplateOptions {
  /** Jinja, from the GGUF. Absent: ChatML, which most small models were tuned on. */
  source: string | undefined;
  bosToken: string;
  eosToken: string;
  /** What the vocabulary's control tokens look like: no part of them is shown to the template as it is. */
  controlTexts: readonly string[];
}

const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}{{ '<|im_start|>assistant\\n' }}";

/** Names, ids and words: what templates compare with (`string`, `object`), unless a control token holds it. */
const PLAIN = /^[\w .,:;\-]{0,64}$/;

/**
 * The model's own chat template, rendered so that nothing a user wrote can become a control token.
 *
 * Every text from outside goes through the template as a placeholder that cannot be guessed, and is put
 * back afterwards as a part of its own, which is then tokenized with control tokens switched off.
 */
export function createChatTemplate({
  source = CHATML,
  bosToken,
  eosToken,
  controlTexts,
}: ChatTemplateOptions): ChatTemplate {
  const template = new Template(source);
  const thinkingTags = thinkingTagsOf(source);
  return {
    supportsTools: mentions(source, 'tools'),
    supportsThinking:
      thinkingTags !== undefined || mentions(source, 'enable_thinking') || mentions(source, 'thinking'),
    thinkingSwitch: thinkingSwitchOf(source),
    supportsReasoningEffort: mentions(source, 'reasoning_effort'),
    thinkingTags,
    render({ messages, tools, templateOptions = {} }) {
      refuseTemplateOptions(templateOptions, source);
      const placeholders = createPlaceholders((text) => isPlain(text, controlTexts));
      const context = {
        ...Object.fromEntries(
          Object.entries(templateOptions).map(([name, value]) => [name, placeholders.json(value)]),
        ),
        messages: messages.map((message) => templateMessage(message, placeholders)),
        ...(tools.length === 0 ? {} : { tools: tools.map((tool) => templateTool(tool, placeholders)) }),
        add_generation_prompt: true,
        bos_token: bosToken,
        eos_token: eosToken,
      };
      return placeholders.split(renderOrRefuse(template, context));
    },
  };
}

function renderOrRefuse(template: Template, context: Record<string, unknown>): string {
  try {
    return template.render(context);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FlotillaError(
      'invalid-input',
      `The model's chat template refuses this conversation: ${reason}`,
      {
        cause,
        details: { field: 'messages' },
      },
    );
  }
}

/** Whether a template may see this text and print it without spelling a control token, alone or with what it adds. */
function isPlain(text: string, controlTexts: readonly string[]): boolean {
  return PLAIN.test(text) && (text === '' || !controlTexts.some((control) => touches(text, control)));
}

/** Whether one lies within the other, or the end of one begins the other. */
function touches(left: string, right: string): boolean {
  if (left.includes(right) || right.includes(left)) return true;
  for (let length = 1; length < Math.min(left.length, right.length); length += 1) {
    if (left.endsWith(right.slice(0, length)) || right.endsWith(left.slice(0, length))) return true;
  }
  return false;
}

interface Placeholders {
  /** Stands for a text that the template prints as it is. */
  text(value: string): string;
  /** The same JSON value with its texts and keys replaced but for plain ones, for a template that prints it as JSON. */
  json(value: unknown): unknown;
  split(rendered: string): PromptPart[];
}

function createPlaceholders(isShown: (text: string) => boolean): Placeholders {
  const nonce = randomBytes(12).toString('hex');
  const texts: string[] = [];
  const hide = (shown: string): string => `fl${nonce}n${texts.push(shown) - 1}e`;
  const json = (value: unknown): unknown => {
    if (typeof value === 'string') return isShown(value) ? value : hide(JSON.stringify(value).slice(1, -1));
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        isShown(key) ? key : hide(JSON.stringify(key).slice(1, -1)),
        json(entry),
      ]),
    );
  };
  return {
    text: (value) => (value === '' ? '' : hide(value)),
    json,
    split(rendered) {
      const parts: PromptPart[] = [];
      const pieces = rendered.split(new RegExp(`fl${nonce}n(\\d+)e`));
      for (const [index, piece] of pieces.entries()) {
        const control = index % 2 === 0;
        const text = control ? piece : (texts[Number(piece)] ?? '');
        if (text !== '') parts.push({ text, control });
      }
      return parts;
    },
  };
}

function templateMessage(message: GenerationMessage, placeholders: Placeholders): Record<string, unknown> {
  const content = placeholders.text(message.content);
  switch (message.role) {
    case 'tool':
      return { role: 'tool', content, tool_call_id: placeholders.json(message.toolCallId) };
    case 'assistant':
      return {
        role: 'assistant',
        content,
        ...(message.toolCalls.length === 0
          ? {}
          : {
              tool_calls: message.toolCalls.map((call) => ({
                id: placeholders.json(call.id),
                type: 'function',
                function: {
                  name: placeholders.json(call.name),
                  arguments: placeholders.json(parseArguments(call.arguments)),
                },
              })),
            }),
      };
    case 'system':
    case 'user':
      return { role: message.role, content };
  }
}

function templateTool(tool: FunctionTool, placeholders: Placeholders): unknown {
  return {
    type: 'function',
    function: {
      name: placeholders.json(tool.name),
      ...(tool.description === undefined ? {} : { description: placeholders.json(tool.description) }),
      ...(tool.parameters === undefined ? {} : { parameters: placeholders.json(tool.parameters) }),
    },
  };
}

/** Templates print arguments as JSON; text that is no JSON is shown as a JSON string. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
