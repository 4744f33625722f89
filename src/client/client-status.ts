import type { AgentError } from '../protocol/agent-error.ts';
import type { HelloFrame } from '../protocol/frames.ts';

/** What happens to a client's connection. After `closed` nothing follows. */
export type ClientStatus =
  | { readonly type: 'connected'; readonly url: string; readonly hello: HelloFrame }
  /** The connection was lost. `reconnecting` or `closed` follows. */
  | { readonly type: 'disconnected'; readonly code: number; readonly error: AgentError }
  /** The next try is `delayMs` away; `attempt` counts from 1. `error` is why the last one failed. */
  | { readonly type: 'reconnecting'; readonly attempt: number; readonly delayMs: number; readonly error: AgentError }
  /** The agent could not read something this client sent. */
  | { readonly type: 'trouble'; readonly error: AgentError }
  /** For good: `error` says why, unless the caller closed it. */
  | { readonly type: 'closed'; readonly error?: AgentError };
