import { errorMessage } from '../../../protocol/agent-error.ts';
import { SkipReconcile } from '../controller.ts';

/** What failed in one round over many resources: the others are worked on all the same. */
export class Failures {
  readonly #errors: unknown[] = [];

  /** Answers undefined when it failed. One that was skipped is no failure. */
  async collect<Answer>(work: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SkipReconcile)) this.#errors.push(error);
      return undefined;
    }
  }

  /** Errors: the one there was, or an AggregateError of all. */
  throwIfAny(): void {
    if (this.#errors.length === 0) return;
    if (this.#errors.length === 1) throw this.#errors[0];
    const messages = this.#errors.map(errorMessage).join('; ');
    throw new AggregateError(this.#errors, `${this.#errors.length} resources failed: ${messages}`);
  }
}
