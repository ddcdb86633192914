import type { FlotillaError } from '@flotilla/contracts';

/** Ollama's error body: its clients read the text alone. `code` is ours and stable. */
export interface OllamaErrorBody {
  error: string;
  code: string;
  /** The field at fault, such as `options.mirostat`. */
  field?: string;
  /** The services of the box, where the one that was asked for is none of them. */
  served?: unknown;
  /** How far the model is loaded, where it is being loaded. */
  loading?: unknown;
}

/** A refusal in the shape that Ollama's clients turn into their error, as an answer or as a line of a stream. */
export function ollamaError(error: FlotillaError): OllamaErrorBody {
  const { field, served, loading } = error.details;
  return {
    error: error.message,
    code: error.code,
    ...(field === undefined ? {} : { field }),
    ...(served === undefined ? {} : { served }),
    ...(loading === undefined ? {} : { loading }),
  };
}
