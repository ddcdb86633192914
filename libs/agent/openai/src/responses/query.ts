import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { INPUT_ITEM_PARAMETERS, KEPT_RESPONSE_PARAMETERS } from '../parameters/responses.ts';
import { refusedParameter } from '../parameters/table.ts';
import { readBody, type Read } from '../read-body.ts';
import { Include } from './request.ts';

/** The values of a query by their names, each as often as it was given. */
export type Query = Readonly<Record<string, readonly string[]>>;

const Includes = z.union([Include, z.array(Include)]).optional();

const KeptResponseQuery = z.object({ include: Includes, include_obfuscation: z.boolean().optional() });

const InputItemQuery = z.object({
  limit: z.coerce.number('must be a whole number from 1 to 100').int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
  after: z.string().optional(),
  include: Includes,
});
export type InputItemQuery = z.infer<typeof InputItemQuery>;

/** The query of a kept response: nothing in it changes what is shown. */
export function readKeptResponseQuery(query: Query): Read<unknown> {
  return readBody(fieldsOf(query), {
    schema: KeptResponseQuery,
    table: KEPT_RESPONSE_PARAMETERS,
    endpoint: 'a kept response',
  });
}

/** The query of a response's `input_items`. */
export function readInputItemQuery(query: Query): Read<InputItemQuery> {
  return readBody(fieldsOf(query), {
    schema: InputItemQuery,
    table: INPUT_ITEM_PARAMETERS,
    endpoint: 'input items',
  });
}

/** The refusal of a query where there is nothing to ask. */
export function refusedQuery(query: Query): FlotillaError | undefined {
  return refusedParameter({}, fieldsOf(query), 'this route');
}

/** A query as the body that it stands for: `include[]=x` and `include=x` are the same, `true` and `false` no text. */
function fieldsOf(query: Query): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, values]) => [
      name.replace(/\[\]$/, ''),
      values.length === 1 ? valueOf(values[0]) : values,
    ]),
  );
}

const valueOf = (text: string | undefined): unknown =>
  text === 'true' || text === 'false' ? text === 'true' : text;
