import type { Adapter, Model, ReleaseView, Variant } from '@flotilla/contracts';

export type ModelRow = Omit<Model, 'variants' | 'adapters'>;

export type AddVariantOutcome =
  | { kind: 'added' | 'same'; variant: Variant }
  /** The name stands for other bytes, or the bytes have another name. */
  | { kind: 'taken'; variant: Variant };

export type AddAdapterOutcome = { kind: 'added' | 'same' | 'taken'; adapter: Adapter };

/** Where models, their variants and their adapters are kept. Every method is one transaction. */
export interface CatalogueStore {
  /** Makes the model when there is none of that id; an existing one keeps its words. */
  addVariant(entry: { model: ModelRow; variant: Variant }): Promise<AddVariantOutcome>;
  /** Of a model that is there. */
  addAdapter(adapter: Adapter): Promise<AddAdapterOutcome>;
  /** Ascending by id, above `after`; variants by bytes, largest first; adapters by name. */
  listModels(page: { after?: string | undefined; limit: number }): Promise<Model[]>;
  findModel(id: string): Promise<Model | undefined>;
  countModels(): Promise<number>;
  findVariant(by: { name: string } | { digest: string }): Promise<Variant | undefined>;
  findAdapter(by: { name: string } | { digest: string }): Promise<Adapter | undefined>;
}

export type ReleaseRow = Required<Pick<ReleaseView, 'digest' | 'release' | 'signed' | 'createdBy'>>;

/** Where releases are kept; none is ever changed. */
export interface ReleaseStore {
  /** False when the service has a release of that revision already. */
  add(row: ReleaseRow): Promise<boolean>;
  /** 0 when the service has none. */
  latestRevision(service: string): Promise<number>;
  find(
    by: { digest: string } | { service: string; revision?: number | undefined },
  ): Promise<ReleaseRow | undefined>;
  /** Newest first, below `before`. */
  list(page: {
    service?: string | undefined;
    before?: { createdAt: number; digest: string } | undefined;
    limit: number;
  }): Promise<ReleaseRow[]>;
  count(): Promise<number>;
}
