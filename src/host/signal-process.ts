import { AgentError, errorMessage } from '../protocol/agent-error.ts';
import { signalNumber } from '../protocol/signals.ts';
import { hasEnded, processOf, readProcess } from './procfs.ts';

/** What the system's numbers of processes fit into; Node takes no larger ones. */
const MOST_PID = 2 ** 31 - 1;

export interface SignalTarget {
  readonly pid: number;
  /** Clock ticks since boot: that very process is meant, not one that was given its number later. */
  readonly startTime?: number;
}

/**
 * Sends a signal to one process. Errors: AgentError `no-such-process` when it is gone, is a zombie, its number is
 * another's now, or that of a thread; `forbidden` when the system does not let this user.
 */
export function signalProcess({ pid, startTime }: SignalTarget, signal: NodeJS.Signals): void {
  if (pid > MOST_PID)
    throw new AgentError('no-such-process', `Cannot send ${signal} to the process ${pid}: there is none`);
  const owner = processOf(pid);
  // The system would take it for the whole process, whichever that is.
  if (owner !== undefined && owner !== pid) {
    throw new AgentError(
      'no-such-process',
      `Cannot send ${signal} to the process ${pid}: it is a thread of the process ${owner}`,
    );
  }
  const found = readProcess(pid);
  if (startTime !== undefined && found?.startTime !== startTime) {
    throw new AgentError(
      'no-such-process',
      found === undefined
        ? `Cannot send ${signal} to the process ${String(pid)}: it is gone`
        : `Cannot send ${signal} to the process ${String(pid)}: it is gone, and its number is that of "${found.command}" now (start time ${String(found.startTime)})`,
    );
  }
  if (found !== undefined && hasEnded(found)) {
    throw new AgentError('no-such-process', `Cannot send ${signal} to the process ${String(pid)}: it has ended`);
  }
  try {
    process.kill(pid, signalNumber(signal));
  } catch (error) {
    throw refusal(pid, signal, error);
  }
}

function refusal(pid: number, signal: NodeJS.Signals, cause: unknown): AgentError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const about = `Cannot send ${signal} to the process ${String(pid)}`;
  if (code === 'ESRCH') return new AgentError('no-such-process', `${about}: there is none`, { cause });
  if (code === 'EPERM') return new AgentError('forbidden', `${about}: it is another user’s`, { cause });
  return new AgentError('not-able', `${about}: ${errorMessage(cause)}`, { cause });
}
