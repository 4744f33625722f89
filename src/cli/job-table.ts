/** Jobs as a table: live ones and settled ones, oldest first. */
import type { JobInfo } from '../protocol/job-info.ts';
import { EXIT_CODE_BASE } from '../protocol/reasons.ts';
import { signalNames, signalNumber } from '../protocol/signals.ts';
import { formatDuration } from './durations.ts';
import type { Look } from './paint.ts';
import type { Column } from './table.ts';

/** The columns of `corex ps`; `now` is milliseconds since 1970. */
export function jobColumns(now: number): Column<JobInfo>[] {
  return [
    { title: 'ID', value: ({ id }) => id, shrinkTo: 36 },
    { title: 'STATE', value: (job) => stateText(job, now), look: stateLook },
    { title: 'TIME', value: (job) => timeText(job, now), align: 'right' },
    { title: 'RUNS', value: ({ runs }) => (runs > 1 ? String(runs) : ''), align: 'right', dropFirst: 2 },
    { title: 'AGE', value: ({ accepted }) => formatDuration(now - accepted), align: 'right', dropFirst: 4 },
    { title: 'PID', value: ({ pid }) => (pid === undefined ? '' : String(pid)), align: 'right', dropFirst: 5 },
    { title: 'QUEUE', value: ({ queue }) => queue ?? '', shrinkTo: 8, dropFirst: 1 },
    { title: 'COMMAND', value: commandText, shrinkTo: 16 },
    { title: 'TAGS', value: ({ tags }) => tags.join(','), shrinkTo: 8, dropFirst: 1 },
  ];
}

/** What it does: the program with its arguments, or the command's name. */
function commandText({ command, title }: JobInfo): string {
  return title ?? command;
}

/** Where a live job stands, or how a settled one ended, in one or two words. */
export function stateText({ state, result, next }: JobInfo, now: number): string {
  if (result !== undefined) return endText(result);
  if (state === 'waiting' && next !== undefined) return `in ${formatDuration(next - now)}`;
  return state;
}

function endText({ state, code, reason }: NonNullable<JobInfo['result']>): string {
  switch (reason) {
    case 'exited':
      return state === 'SUCCESS' ? 'done' : `exit ${code - EXIT_CODE_BASE}`;
    case 'signaled':
      return signalNames().find((name) => signalNumber(name) === code - EXIT_CODE_BASE - 128) ?? 'signal';
    case 'spawn-failed':
      return 'not started';
    case 'out-of-memory':
      return 'no memory';
    default:
      return reason;
  }
}

function stateLook({ state, result }: JobInfo): Look | undefined {
  if (result !== undefined) return result.state === 'SUCCESS' ? 'good' : 'bad';
  if (state === 'running') return 'active';
  return state === 'stopping' || state === 'waiting' ? 'warning' : undefined;
}

/** How long it has been running, or ran. */
function timeText({ state, started, ended }: JobInfo, now: number): string {
  const hasRun = started !== undefined && started > 0;
  if (!hasRun || state === 'waiting' || state === 'queued') return '';
  return formatDuration((ended ?? now) - started);
}
