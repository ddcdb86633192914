import type { Budget } from '../budget.ts';
import type { Choice, Part } from '../schema/part.ts';
import type { Parts } from '../schema/read-schema.ts';
import type { Conjunction } from './shape.ts';

/** That two branches of a `oneOf` share no value: `together` must have none. */
export interface Obligation {
  readonly path: string;
  readonly branches: readonly [number, number];
  readonly together: Conjunction;
}

/** One way to satisfy every `anyOf` and `oneOf` of a conjunction: the parts that then hold together. */
export interface Disjunct {
  readonly parts: readonly Part[];
  readonly obligations: readonly Obligation[];
}

export class Conjunctions {
  readonly #parts: Parts;
  readonly #budget: Budget;

  constructor(parts: Parts, budget: Budget) {
    this.#parts = parts;
    this.#budget = budget;
  }

  of(paths: readonly string[], proof: boolean): Conjunction {
    const closed = this.#close(new Set(paths));
    const key = `${proof ? 'proof' : ''}${JSON.stringify([...closed].sort())}`;
    return { key, paths: [...closed], proof };
  }

  disjuncts(conjunction: Conjunction): Disjunct[] {
    const found: Disjunct[] = [];
    const visit = (closed: ReadonlySet<string>): void => {
      this.#budget.spend(closed.size);
      const parts = [...closed].flatMap((path) => this.#parts.get(path) ?? []);
      if (parts.some((part) => part.never)) return;
      const chosen = ({ branches }: Choice): number => branches.filter((branch) => closed.has(branch)).length;
      const choices = parts.flatMap((part) => part.choices);
      const open = choices.find((choice) => chosen(choice) === 0);
      if (open) {
        for (const branch of open.branches) visit(this.#close(new Set([...closed, branch])));
        return;
      }
      const exclusive = choices.filter(({ keyword }) => keyword === 'oneOf');
      // Two branches can stand together only where a $ref names them; proofs are there to look at that very case.
      if (!conjunction.proof && exclusive.some((choice) => chosen(choice) > 1)) return;
      const obligations = conjunction.proof ? [] : parts.flatMap((part) => this.#obligations(part, closed));
      found.push({ parts, obligations });
      if (found.length > 1_000)
        this.#budget.refuse('the choices of anyOf and oneOf multiply to more than 1000 cases');
    };
    visit(new Set(conjunction.paths));
    return found;
  }

  #obligations(part: Part, closed: ReadonlySet<string>): Obligation[] {
    return part.choices
      .filter(({ keyword }) => keyword === 'oneOf')
      .flatMap(({ branches }) => {
        const taken = branches.findIndex((branch) => closed.has(branch));
        return branches.flatMap((branch, index) =>
          index === taken
            ? []
            : {
                path: part.path,
                branches: [Math.min(taken, index), Math.max(taken, index)] as const,
                together: this.of([...closed, branch], true),
              },
        );
      });
  }

  #close(paths: Set<string>): Set<string> {
    for (const path of paths) for (const next of this.#parts.get(path)?.all ?? []) paths.add(next);
    this.#budget.spend(paths.size);
    return paths;
  }
}
