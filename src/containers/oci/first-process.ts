import { setTimeout } from 'node:timers/promises';

import type { OciRuntime } from '../../oci/runtime.ts';
import { AgentError } from '../../protocol/agent-error.ts';

/** How long a runtime that stays may take to make the first process, and how often it is asked: milliseconds. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 20;

/** The first process of a container whose runtime stays. Errors: AgentError `not-running` when there is none. */
export async function firstProcess(runtime: OciRuntime, id: string): Promise<number> {
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += LOOK_MS) {
    const pid = (await runtime.state(id))?.pid;
    if (pid !== undefined) return pid;
    await setTimeout(LOOK_MS);
  }
  throw new AgentError('not-running', 'Cannot look into the container: it has no process');
}
