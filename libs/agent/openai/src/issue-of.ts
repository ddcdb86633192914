import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** The issue to tell of: of a union, which would only say that nothing fits, that of the form which was meant. */
export function issueOf(issues: readonly Issue[]): Issue | undefined {
  const [issue] = issues;
  if (issue?.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const forms = issue.errors.flatMap((form) => {
    const found = issueOf(form);
    return found === undefined ? [] : [{ found, mistakes: form.length }];
  });
  // What is of another type altogether was not meant; of the others, the one with the fewest mistakes was.
  const [meant] = forms
    .filter(({ found }) => acceptedBy(found).length === 0)
    .toSorted((a, b) => a.mistakes - b.mistakes);
  if (meant !== undefined) return { ...meant.found, path: [...issue.path, ...meant.found.path] };
  const accepted = new Set(forms.flatMap(({ found }) => acceptedBy(found)));
  return { ...issue, message: `must be ${[...accepted].join(' or ')}` };
}

/** What could stand there instead; nothing where the mistake lies deeper, or is not one of type. */
function acceptedBy(issue: Issue): string[] {
  if (issue.path.length > 0) return [];
  switch (issue.code) {
    case 'invalid_type':
      return [`${/^[aio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`];
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(String(value)));
    case 'invalid_union':
      return issue.errors.flatMap((form) => form.slice(0, 1).flatMap(acceptedBy));
    default:
      return [];
  }
}
