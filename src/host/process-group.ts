import { signalNumber } from '../protocol/signals.ts';

/** Signals every process of a group. False when there is none, or none that we may signal. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signalNumber(signal));
    return true;
  } catch {
    return false;
  }
}

/** Signals one process, whose number must be its own for now. False when it can't be signalled. */
export function signalProcessNow(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signalNumber(signal));
    return true;
  } catch {
    return false;
  }
}

/** Whether no process, not even a zombie, is in the group. */
export function isGroupEmpty(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
