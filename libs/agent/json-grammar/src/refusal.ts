/** Why a schema has no grammar here, for the person who wrote the schema. */
export interface SchemaProblem {
  /** The keyword that is at fault; empty when the schema as a whole is. */
  readonly keyword: string;
  /** JSON pointer of the schema that holds the keyword; empty for the root. */
  readonly path: string;
  readonly reason: string;
}

/** Carries a problem out of the depth of a compilation; it never leaves `compileJsonSchema`. */
export class Refusal extends Error {
  readonly problem: SchemaProblem;

  constructor(problem: SchemaProblem) {
    super(problem.reason);
    this.name = 'Refusal';
    this.problem = problem;
  }
}
