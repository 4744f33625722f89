import { AgentError } from '../../protocol/agent-error.ts';
import { isStateError } from '../../state/state-error.ts';

/** An error of the state as callers get it: with the same code. Anything else stays what it is. */
export function stateFailure(error: unknown): unknown {
  return isStateError(error) ? new AgentError(error.code, error.message, { cause: error }) : error;
}

/** Does something with the state and makes what it throws an error for a caller. */
export async function told<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw stateFailure(error);
  }
}
