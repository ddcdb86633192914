import type { FlotillaError } from '@flotilla/contracts';

/** Ollama's error body: its clients read the text alone. `code` is ours and stable. */
export interface OllamaErrorBody {
  error: string;
  code: string;
  /** The field at fault, such as `options.mirostat`. */
  field?: string;
}

/** A refusal in the shape that Ollama's clients turn into their error, as an answer or as a line of a stream. */
export function ollamaError(error: FlotillaError): OllamaErrorBody {
  const { field } = error.details;
  return { error: error.message, code: error.code, ...(field === undefined ? {} : { field }) };
}
