/** Waits for something to be ready: a port that accepts, a page that is as it should be. */
import { AgentError, errorMessage, isAgentError } from '../../protocol/agent-error.ts';
import { getPage } from './get-page.ts';
import type { PageRequest } from './page-request.ts';
import { startDeadline, type Patience } from './patience.ts';
import { connectionTrouble, portName, reachPort, type PortTarget } from './reach-port.ts';

export type Probe = PortTarget | (PageRequest & { readonly type: 'http' });

export interface ProbePatience extends Patience {
  /** Milliseconds between two tries. Default 100. */
  readonly intervalMs?: number;
}

export interface ProbeSuccess {
  readonly tries: number;
  /** Milliseconds it took. */
  readonly tookMs: number;
}

const DEFAULT_INTERVAL_MS = 100;
/** A try that hangs is given up, so that the next one may find what has come up meanwhile. */
const LONGEST_TRY_MS = 5000;

/**
 * Tries until the probe holds. Errors: AgentError `timeout` that says why the last try failed; `bad-arguments` for
 * a probe that can never hold; the signal's reason.
 */
export async function awaitProbe(probe: Probe, patience: ProbePatience): Promise<ProbeSuccess> {
  const { clock, intervalMs = DEFAULT_INTERVAL_MS, timeoutMs, signal } = patience;
  const begun = clock.monotonic();
  using deadline = startDeadline(`Cannot reach "${probeName(probe)}"`, patience);
  let last = '';
  for (let tries = 1; ; tries += 1) {
    try {
      await tryOnce(probe, { clock, timeoutMs: Math.min(LONGEST_TRY_MS, timeoutMs), signal: deadline.signal });
      return { tries, tookMs: clock.monotonic() - begun };
    } catch (error) {
      if (isAgentError(error) && error.code === 'bad-arguments') throw error;
      if (!deadline.signal.aborted) last = whyNot(error);
    }
    if (!deadline.signal.aborted) await pause(intervalMs, deadline.signal, patience);
    signal?.throwIfAborted();
    if (deadline.signal.aborted) {
      throw new AgentError('timeout', `${errorMessage(deadline.signal.reason)}${last === '' ? '' : `: ${last}`}`);
    }
  }
}

/** What a probe looks at, for messages. */
function probeName(probe: Probe): string {
  return probe.type === 'http' ? probe.url.replace(/\/\/[^/@]*@/, '//') : portName(probe);
}

async function tryOnce(probe: Probe, patience: Patience): Promise<void> {
  if (probe.type === 'http') {
    await getPage(probe, patience);
    return;
  }
  using deadline = startDeadline(`Cannot reach "${portName(probe)}"`, patience);
  await reachPort(probe, deadline.signal);
}

function whyNot(error: unknown): string {
  return isAgentError(error) ? error.message : connectionTrouble(error);
}

/** Resolves after a while, or at once when the signal aborts. */
async function pause(ms: number, signal: AbortSignal, { clock }: Patience): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onAbort = (): void => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  using _timer = clock.after(ms, resolve);
  await promise;
  signal.removeEventListener('abort', onAbort);
}
