import type { SuiteItem } from '@flotilla/starter-models';
import { Template } from '@huggingface/jinja';
import { LlamaText, SpecialTokensText, type LlamaModel, type Token } from 'node-llama-cpp';

export type Question = Pick<SuiteItem, 'messages' | 'tools'>;

/**
 * The prompt of a question by the model's own template, as the agent's engine makes it: what people wrote is
 * tokenized apart, with control tokens off, and BOS comes first where the model asks for it.
 */
export function createPromptRenderer(model: LlamaModel): (question: Question) => Token[] {
  const template = new Template(model.fileInfo.metadata.tokenizer.chat_template ?? '');
  const { bos, bosString, eosString, shouldPrependBosToken } = model.tokens;
  return ({ messages, tools }) => {
    const written: string[] = [];
    const hide = (text: string): string => (text === '' ? '' : `\u{e000}${written.push(text) - 1}\u{e001}`);
    const rendered = template.render({
      messages: messages.map((message) => ({
        ...message,
        content: hide(message.content),
        ...(message.tool_calls ? { tool_calls: message.tool_calls.map(withParsedArguments) } : {}),
      })),
      ...(tools && tools.length > 0 ? { tools } : {}),
      add_generation_prompt: true,
      bos_token: bosString ?? '',
      eos_token: eosString ?? '',
    });
    const pieces = rendered.split(/\u{e000}(\d+)\u{e001}/u);
    const text = LlamaText(
      pieces.map((piece, index) =>
        index % 2 === 0 ? new SpecialTokensText(piece) : (written[Number(piece)] ?? ''),
      ),
    );
    const tokens = text.tokenize(model.tokenizer);
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
  };
}

type ToolCall = NonNullable<Question['messages'][number]['tool_calls']>[number];

/** The API carries arguments as JSON text; templates print them from a value. */
function withParsedArguments(call: ToolCall): {
  type: 'function';
  function: { name: string; arguments: unknown };
} {
  const { name, arguments: given } = call.function;
  return {
    type: 'function',
    function: { name, arguments: typeof given === 'string' ? JSON.parse(given) : given },
  };
}
