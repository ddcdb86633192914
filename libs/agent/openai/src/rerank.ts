import type { FlotillaError } from '@flotilla/contracts';
import { z } from 'zod';
import { RERANK_PARAMETERS } from './parameters/others.ts';
import { readBody } from './read-body.ts';
import { CALLER_FIELDS, WellFormed } from './sampling-fields.ts';

const RerankBody = z.object({
  model: z.string().min(1),
  query: WellFormed.min(1),
  documents: z
    .array(z.union([WellFormed.min(1), z.strictObject({ text: WellFormed.min(1) })]))
    .min(1)
    .max(1_024),
  top_n: z.int().min(1).optional(),
  return_documents: z.boolean().default(true),
  ...CALLER_FIELDS,
});

export interface RerankCall {
  model: string;
  query: string;
  documents: string[];
  topN: number;
  returnDocuments: boolean;
  timeoutMs?: number;
}

export type ParsedRerankRequest = { ok: true; call: RerankCall } | { ok: false; error: FlotillaError };

export function parseRerankRequest(body: unknown): ParsedRerankRequest {
  const read = readBody(body, { schema: RerankBody, table: RERANK_PARAMETERS, endpoint: 'rerank' });
  if (!read.ok) return read;
  const { model, query, top_n: topN, return_documents: returnDocuments, timeout } = read.value;
  const documents = read.value.documents.map((document) =>
    typeof document === 'string' ? document : document.text,
  );
  return {
    ok: true,
    call: { model, query, documents, topN: topN ?? documents.length, returnDocuments, timeoutMs: timeout },
  };
}

/** Best first; of equal scores the earlier document. `scores` are in the order of the documents. */
export function rerankResult({
  call,
  model,
  scores,
  tokens,
}: {
  call: RerankCall;
  model: string;
  scores: readonly number[];
  tokens: number;
}) {
  return {
    model,
    object: 'list' as const,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
    results: scores
      .map((score, index) => ({ index, relevance_score: score }))
      .toSorted((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
      .slice(0, call.topN)
      .map((result) => ({
        ...result,
        ...(call.returnDocuments ? { document: { text: call.documents[result.index] ?? '' } } : {}),
      })),
  };
}
