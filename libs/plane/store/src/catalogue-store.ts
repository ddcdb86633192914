import { AdapterFacts, GgufFacts, type Adapter, type Model, type Variant } from '@flotilla/contracts';
import type {
  AddAdapterOutcome,
  AddVariantOutcome,
  CatalogueStore,
  ModelRow,
} from '@flotilla/plane-catalogue';
import type { Selectable } from 'kysely';
import type { Adapters, Database, Variants } from './database.ts';
import type { Engine } from './engine.ts';
import { readJson } from './json-column.ts';
import { isUniqueViolation } from './unique-violation.ts';

export function createCatalogueStore({ db }: Engine): CatalogueStore {
  async function held(variant: Variant): Promise<AddVariantOutcome | undefined> {
    const row = await db
      .selectFrom('variants')
      .selectAll()
      .where((eb) => eb.or([eb('digest', '=', variant.digest), eb('name', '=', variant.name)]))
      // The bytes come first: they may be there under the very same name.
      .orderBy((eb) => eb.case().when('digest', '=', variant.digest).then(0).else(1).end())
      .limit(1)
      .executeTakeFirst();
    return row && { kind: isSame(row, variant) ? 'same' : 'taken', variant: toVariant(row) };
  }

  async function heldAdapter(adapter: Adapter): Promise<AddAdapterOutcome | undefined> {
    const row = await db
      .selectFrom('adapters')
      .selectAll()
      .where((eb) => eb.or([eb('digest', '=', adapter.digest), eb('name', '=', adapter.name)]))
      .orderBy((eb) => eb.case().when('digest', '=', adapter.digest).then(0).else(1).end())
      .limit(1)
      .executeTakeFirst();
    return row && { kind: isSame(row, adapter) ? 'same' : 'taken', adapter: toAdapter(row) };
  }

  async function withFiles(models: ReadonlyArray<Selectable<Database['models']>>): Promise<Model[]> {
    if (models.length === 0) return [];
    const ids = models.map((model) => model.id);
    const rows = await db
      .selectFrom('variants')
      .selectAll()
      .where('model_id', 'in', ids)
      .orderBy('bytes', 'desc')
      .orderBy('name')
      .execute();
    const adapters = await db
      .selectFrom('adapters')
      .selectAll()
      .where('model_id', 'in', ids)
      .orderBy('name')
      .execute();
    return models.map((model) => ({
      ...toModel(model),
      variants: rows.filter((row) => row.model_id === model.id).map(toVariant),
      adapters: adapters.filter((row) => row.model_id === model.id).map(toAdapter),
    }));
  }

  return {
    async addVariant({ model, variant }) {
      const before = await held(variant);
      if (before) return before;
      try {
        await db.transaction().execute(async (trx) => {
          await trx
            .insertInto('models')
            .values({
              id: model.id,
              title: model.title,
              description: model.description,
              licence: model.licence,
              origin: model.origin,
              created_at: model.createdAt,
            })
            .onConflict((oc) => oc.column('id').doNothing())
            .execute();
          await trx
            .insertInto('variants')
            .values({
              name: variant.name,
              digest: variant.digest,
              model_id: variant.modelId,
              quantization: variant.quantization,
              bytes: variant.bytes,
              manifest_digest: variant.manifestDigest,
              facts: JSON.stringify(variant.facts),
            })
            .execute();
        });
        return { kind: 'added', variant };
      } catch (error) {
        // Another import of the same name or bytes was first.
        const after = isUniqueViolation(error) ? await held(variant) : undefined;
        if (after) return after;
        throw error;
      }
    },

    async addAdapter(adapter) {
      const before = await heldAdapter(adapter);
      if (before) return before;
      try {
        await db
          .insertInto('adapters')
          .values({
            name: adapter.name,
            digest: adapter.digest,
            model_id: adapter.modelId,
            bytes: adapter.bytes,
            manifest_digest: adapter.manifestDigest,
            facts: JSON.stringify(adapter.facts),
          })
          .execute();
        return { kind: 'added', adapter };
      } catch (error) {
        const after = isUniqueViolation(error) ? await heldAdapter(adapter) : undefined;
        if (after) return after;
        throw error;
      }
    },

    async listModels({ after, limit }) {
      const models = await db
        .selectFrom('models')
        .selectAll()
        .$if(after !== undefined, (q) => q.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute();
      return withFiles(models);
    },

    async findModel(id) {
      const model = await db.selectFrom('models').selectAll().where('id', '=', id).executeTakeFirst();
      return model && (await withFiles([model]))[0];
    },

    async countModels() {
      const row = await db
        .selectFrom('models')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return row.count;
    },

    async findVariant(by) {
      const row = await db
        .selectFrom('variants')
        .selectAll()
        .where((eb) => ('name' in by ? eb('name', '=', by.name) : eb('digest', '=', by.digest)))
        .executeTakeFirst();
      return row && toVariant(row);
    },

    async findAdapter(by) {
      const row = await db
        .selectFrom('adapters')
        .selectAll()
        .where((eb) => ('name' in by ? eb('name', '=', by.name) : eb('digest', '=', by.digest)))
        .executeTakeFirst();
      return row && toAdapter(row);
    },
  };
}

function isSame(row: { digest: string; name: string }, file: { digest: string; name: string }): boolean {
  return row.digest === file.digest && row.name === file.name;
}

function toAdapter(row: Adapters): Adapter {
  return {
    digest: row.digest,
    name: row.name,
    modelId: row.model_id,
    bytes: row.bytes,
    manifestDigest: row.manifest_digest,
    facts: readJson(AdapterFacts, row.facts, `adapters/${row.name}/facts`),
  };
}

function toVariant(row: Variants): Variant {
  return {
    digest: row.digest,
    name: row.name,
    modelId: row.model_id,
    quantization: row.quantization,
    bytes: row.bytes,
    manifestDigest: row.manifest_digest,
    facts: readJson(GgufFacts, row.facts, `variants/${row.name}/facts`),
  };
}

function toModel(row: Selectable<Database['models']>): ModelRow {
  const { id, title, description, licence, origin, created_at } = row;
  return { id, title, description, licence, origin: origin as Model['origin'], createdAt: created_at };
}
