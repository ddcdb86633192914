import { intersect, literals, subtract } from '../automaton/combine.ts';
import { ANY_TEXT, isEmpty, takes, type Dfa } from '../automaton/dfa.ts';
import type { Budget } from '../budget.ts';
import type { TextLanguages } from '../language/text-language.ts';
import type { Part } from '../schema/part.ts';
import { schemasOfKey } from '../schema/satisfies.ts';
import type { Conjunction, Member, RecordShape } from './shape.ts';

interface RecordContext {
  readonly languages: TextLanguages;
  readonly budget: Budget;
  /** The conjunction of what several parts ask of one value. */
  readonly conjunction: (paths: readonly string[]) => Conjunction;
  /** The strings that the schemas allow: what `propertyNames` leaves of all names. */
  readonly texts: (paths: readonly string[]) => Dfa;
}

/** The objects that all parts allow; undefined when a required key may not be there. */
export function recordShape(parts: readonly Part[], context: RecordContext): RecordShape | undefined {
  const records = parts.map((part) => part.record);
  const nameSchemas = records.flatMap(({ names }) => names ?? []);
  const names = nameSchemas.length > 0 ? context.texts(nameSchemas) : ANY_TEXT;
  const required = new Set(records.flatMap((record) => record.required));
  const keys = new Set([...records.flatMap(({ properties }) => [...properties.keys()]), ...required]);
  const members: Member[] = [];
  for (const key of keys) {
    if (!takes(names, key)) {
      if (required.has(key)) return undefined;
      continue;
    }
    const schemas = records.flatMap((record) => schemasOfKey(context.languages, record, key));
    members.push({ key, value: context.conjunction(schemas), required: required.has(key) });
  }
  return { members, others: others(parts, keys, names, context) };
}

/**
 * Keys that no part declares. Where nothing is said about them, an object with declared properties is closed:
 * JSON Schema would allow anything there, but who lists properties does not ask for others.
 */
function others(
  parts: readonly Part[],
  keys: ReadonlySet<string>,
  names: Dfa,
  { languages, budget, conjunction }: RecordContext,
): RecordShape['others'] {
  const records = parts.map((part) => part.record);
  const declared = literals(
    [...keys].filter((key) => key.isWellFormed()),
    budget,
  );
  let groups: { names: Dfa; schemas: string[] }[] = [
    { names: subtract(names, declared, budget), schemas: [] },
  ];
  for (const [index, record] of records.entries()) {
    let matched: typeof groups = [];
    let unmatched = groups;
    for (const { pattern, schema } of record.patterns) {
      budget.at('patternProperties', parts[index]?.path ?? '');
      const language = languages.pattern(pattern);
      const split = (from: typeof groups): { inside: typeof groups; outside: typeof groups } => ({
        inside: from.map((group) => ({
          names: intersect(group.names, language, budget),
          schemas: [...group.schemas, schema],
        })),
        outside: from.map((group) => ({ ...group, names: subtract(group.names, language, budget) })),
      });
      const before = split(matched);
      const first = split(unmatched);
      matched = nonEmpty([...before.inside, ...before.outside, ...first.inside]);
      unmatched = nonEmpty(first.outside);
    }
    const { additional } = record;
    const rest =
      additional === undefined
        ? unmatched
        : unmatched.map((group) => ({ ...group, schemas: [...group.schemas, additional] }));
    groups = [...matched, ...rest];
  }
  const closed = keys.size > 0 || records.some(({ patterns }) => patterns.length > 0);
  return nonEmpty(groups)
    .filter(({ schemas }) => schemas.length > 0 || !closed)
    .map((group) => ({ names: group.names, value: conjunction(group.schemas) }));
}

function nonEmpty<Group extends { readonly names: Dfa }>(groups: readonly Group[]): Group[] {
  return groups.filter((group) => !isEmpty(group.names));
}
