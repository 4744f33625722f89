import type { Membership } from './batches/membership.ts';
import type { SettledJobs } from './graph/job-graph.ts';
import type { Hook } from './hooks/hook.ts';

/** What code that embeds the agent may add to a command; no client can. */
export interface SubmitOptions {
  readonly hooks?: readonly Hook[];
  /** Always run again, whatever happens, with backoff; untouched by killall. */
  readonly protected?: boolean;
  /** A settled job of its id is no reason to attach or refuse: it gives way, with its output. Default false. */
  readonly replaces?: boolean;
  /** It belongs to a batch, which has looked up those jobs it waits for that do not. */
  readonly member?: { readonly membership: Membership; readonly settled: SettledJobs };
}
