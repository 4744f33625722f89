// Who had the processors while something was measured.
import { readFileSync } from 'node:fs';
import { allProcesses, commandLineOf, descendantsOf } from '../../test/harness/processes.ts';

/** Time spent so far, in clock ticks over all processors. */
export interface MachineTime {
  /** Of all processors, idle or not. */
  readonly total: number;
  readonly busy: number;
  /** Of the benchmark and everything it started. */
  readonly own: number;
}

/** Looks at the clocks. What names `root` in its command line is ours, as are our descendants. */
export function machineTime(root: string): MachineTime {
  const fields = (/^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '').split(' ').map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, hard = 0, soft = 0, steal = 0] = fields;
  const busy = user + nice + system + hard + soft + steal;
  const found = allProcesses().filter((pid) => commandLineOf(pid).some((word) => word.includes(root)));
  const pids = new Set([process.pid, ...descendantsOf(process.pid), ...found]);
  return { total: busy + idle + wait, busy, own: [...pids].reduce((sum, pid) => sum + ticksOf(pid), 0) };
}

/** The share of the machine's time between two looks that went to others, 0 to 1; time stolen by a host included. */
export function othersShare(before: MachineTime, after: MachineTime): number {
  const total = after.total - before.total;
  const others = after.busy - before.busy - (after.own - before.own);
  return total <= 0 ? 0 : Math.min(1, Math.max(0, others / total));
}

/** Of a process and of those of its children that ended. */
function ticksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0);
  } catch {
    return 0;
  }
}
