/** `GET /v1/models` names services, and each with `@base` that has an adapter; variants are accepted as names too. */
export interface ServedModel {
  service: string;
  /** Seconds since 1970 UTC. */
  created: number;
  variant: string;
  variantDigest: string;
  contextTokens: number;
  /** What it answers with beside the variant. */
  adapter?: { name: string; digest: string; scale: number };
  /** What the model can do beside text; undefined while no engine runs. */
  abilities?: ModelAbilities;
}

export interface ModelAbilities {
  tools: boolean;
  thinking: boolean;
  /** The template knows levels of effort. */
  reasoningEffort: boolean;
  /** How the file says that vectors are made; `none`: it was not trained for them, and means are taken. */
  pooling: string;
  embeddingLength: number;
  isReranker: boolean;
}

export function wireModel(model: ServedModel) {
  return {
    id: model.service,
    object: 'model' as const,
    created: model.created,
    owned_by: 'flotilla',
    flotilla: {
      variant: model.variant,
      digest: model.variantDigest,
      ...(model.adapter === undefined ? {} : { adapter: model.adapter }),
      context_tokens: model.contextTokens,
      ...(model.abilities === undefined ? {} : { abilities: wireAbilities(model.abilities) }),
    },
  };
}

function wireAbilities({
  tools,
  thinking,
  reasoningEffort,
  pooling,
  embeddingLength,
  isReranker,
}: ModelAbilities) {
  return {
    tools,
    thinking,
    reasoning_effort: reasoningEffort,
    embeddings: {
      trained: pooling !== 'none' && pooling !== 'rank',
      pooling,
      dimensions: embeddingLength,
    },
    rerank: isReranker,
  };
}

export function wireModelList(models: readonly ServedModel[]) {
  return { object: 'list' as const, data: models.map(wireModel) };
}
