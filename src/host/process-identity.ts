import type { ProcessIdentity } from '../protocol/run.ts';
import { bootId } from './keeper/keeper-file.ts';
import { hasEnded, type ProcessStat, readProcess } from './procfs.ts';

/** What names a run's main process for ever. Undefined when it is gone, or when what has its number leads no session and so is another. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const found = readProcess(pid);
  const boot = bootId();
  if (found === undefined || hasEnded(found) || found.session !== pid || boot === '') return undefined;
  return { pid, startTime: found.startTime, boot };
}

/** Whether the machine was started again since: then nothing of that time is alive, whatever has its number now. */
export function isOfAnotherBoot({ boot }: ProcessIdentity): boolean {
  const present = bootId();
  return present !== '' && boot !== present;
}

/** That very process, not one that was given its number later. Undefined when it is gone. */
export function findIdentified(identity: ProcessIdentity): ProcessStat | undefined {
  if (isOfAnotherBoot(identity)) return undefined;
  const found = readProcess(identity.pid);
  return found?.startTime === identity.startTime ? found : undefined;
}
