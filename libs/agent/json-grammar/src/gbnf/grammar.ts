import type { Budget } from '../budget.ts';

/** The rules of a grammar while it is written. */
export class Grammar {
  readonly #rules: string[] = [];
  readonly #budget: Budget;
  #names = 0;
  #length = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** A name that no rule has yet. */
  name(kind: string): string {
    this.#names += 1;
    return `${kind}${this.#names}`;
  }

  /** `alternatives` are sequences; an empty one is written as `""`. */
  rule(name: string, alternatives: readonly string[]): void {
    const line = `${name} ::= ${alternatives.map((one) => one || '""').join(' | ')}`;
    this.#rules.push(line);
    this.#length += line.length + 1;
    const { rules, grammarBytes } = this.#budget.limits;
    if (this.#rules.length > rules || this.#length > grammarBytes) {
      this.#budget.at('', '');
      this.#budget.refuse(`the grammar would have more than ${rules} rules or ${grammarBytes} bytes`);
    }
    this.#budget.spend(1);
  }

  text(): string {
    return `${this.#rules.join('\n')}\n`;
  }
}
