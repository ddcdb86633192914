import { toFlotillaError } from '@flotilla/contracts';
import { Alert, List } from '@mantine/core';

/** A refusal with what would change it. */
export function ProblemAlert({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  const { message, code, details } = toFlotillaError(error);
  // The message of a single wrong field says it already.
  const all = Array.isArray(details['fields']) ? details['fields'].map(String) : [];
  const fields = all.length > 1 ? all : [];
  return (
    <Alert color="red" variant="light" title={message} role="alert">
      {fields.length > 0 && (
        <List size="sm">
          {fields.map((field) => (
            <List.Item key={field}>{field}</List.Item>
          ))}
        </List>
      )}
      {typeof details.fix === 'string' ? details.fix : fields.length === 0 && `Code: ${code}`}
    </Alert>
  );
}
