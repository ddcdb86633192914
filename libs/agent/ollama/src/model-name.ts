const LATEST = ':latest';

/** The name without Ollama's default tag: `assistant:latest` is `assistant`. Any other tag stays and is not found. */
export function serviceName(model: string): string {
  return model.endsWith(LATEST) ? model.slice(0, -LATEST.length) : model;
}

/** The name as Ollama lists it. */
export function taggedName(service: string): string {
  return `${service}${LATEST}`;
}
