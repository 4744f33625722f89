import { isAgentError, type AgentError } from '../protocol/agent-error.ts';
import type { ErrorName } from '../protocol/error-codes.ts';

/** What is over when the agent has more room, has its store back, or has started again. */
const PASSING: readonly ErrorName[] = ['too-many', 'store-unavailable', 'shutting-down', 'no-resources'];

/** How long to wait before asking again, milliseconds. */
export const TROUBLE_PAUSE_MS = 500;

/** Whether the same question may be answered later. Not for what the agent has yet to accept: that is for the caller to decide. */
export function isPassing(error: unknown): error is AgentError {
  return isAgentError(error) && PASSING.includes(error.code);
}
