import { randomBytes } from 'node:crypto';
import type { FunctionTool, GenerationMessage } from '@flotilla/agent-openai';
import { FlotillaError } from '@flotilla/contracts';
import { Template } from '@huggingface/jinja';

/** A stretch of the prompt. Only what the template itself wrote may hold control tokens. */
export interface PromptPart {
  text: string;
  control: boolean;
}

export interface ChatTemplate {
  /** True when the template shows the functions it is given to the model. */
  readonly supportsTools: boolean;
  /** Throws `invalid-input` when the template refuses the conversation. */
  render(input: { messages: readonly GenerationMessage[]; tools: readonly FunctionTool[] }): PromptPart[];
}

export interface ChatTemplateOptions {
  /** Jinja, from the GGUF. Absent: ChatML, which most small models were tuned on. */
  source: string | undefined;
  bosToken: string;
  eosToken: string;
}

const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endfor %}{{ '<|im_start|>assistant\\n' }}";

/** Names, ids and words: text that no vocabulary takes for a control token, and that templates compare with (`string`, `object`). */
const PLAIN = /^[\w .,:;\-]{0,64}$/;

/**
 * The model's own chat template, rendered so that nothing a user wrote can become a control token.
 *
 * Every text from outside goes through the template as a placeholder that cannot be guessed, and is put
 * back afterwards as a part of its own, which is then tokenized with control tokens switched off.
 */
export function createChatTemplate({ source, bosToken, eosToken }: ChatTemplateOptions): ChatTemplate {
  const template = new Template(source ?? CHATML);
  return {
    supportsTools: source !== undefined && /\btools\b/.test(source),
    render({ messages, tools }) {
      const placeholders = createPlaceholders();
      const context = {
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

interface Placeholders {
  /** Stands for a text that the template prints as it is. */
  text(value: string): string;
  /** The same JSON value with its texts and keys replaced but for plain ones, for a template that prints it as JSON. */
  json(value: unknown): unknown;
  split(rendered: string): PromptPart[];
}

function createPlaceholders(): Placeholders {
  const nonce = randomBytes(12).toString('hex');
  const texts: string[] = [];
  const hide = (shown: string): string => `fl${nonce}n${texts.push(shown) - 1}e`;
  const json = (value: unknown): unknown => {
    if (typeof value === 'string')
      return PLAIN.test(value) ? value : hide(JSON.stringify(value).slice(1, -1));
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        PLAIN.test(key) ? key : hide(JSON.stringify(key).slice(1, -1)),
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
