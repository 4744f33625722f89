import type { Clock } from '../base/clock.ts';
import type { Survivor } from '../protocol/run.ts';
import type { RunKey } from './launcher.ts';
import type { ProcessSurvey, Survey } from './process-survey.ts';
import { hasEnded, type ProcessStat, readCommandLine, readProcess } from './procfs.ts';

/** A run whose processes are looked for. */
export interface SweepTarget {
  readonly key: RunKey;
  /** Its main process, which led its session and group. */
  readonly pid: number;
  readonly startTime: number;
  /** Members seen earlier, pid → start time: they stay members, whatever they did to their parentage since. */
  readonly seen: Map<number, number>;
  /** Tells whether an orphan that nothing else ties to a run is one of this run's. Absent where orphans don't come to us. */
  readonly claims?: (orphan: ProcessStat) => Promise<boolean>;
}

/** A sweep that does not come to an end by then names who is left. */
const SWEEP_MS = 5_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;

/**
 * The living processes of a run: those that carry its marker, are in the session or group its main process led, were
 * seen to be members, or descend from one of these.
 */
export function membersOf(target: SweepTarget, { processes, markers }: Survey): ProcessStat[] {
  const leader = processes.get(target.pid);
  const isReused = leader !== undefined && leader.startTime !== target.startTime;
  const isRoot = (process: ProcessStat): boolean =>
    markers.get(process.pid) === target.key ||
    target.seen.get(process.pid) === process.startTime ||
    (!isReused && (process.session === target.pid || process.group === target.pid));
  const children = Map.groupBy(processes.values(), ({ parent }) => parent);
  const members = new Set([...processes.values()].filter(isRoot));
  for (const member of members) for (const child of children.get(member.pid) ?? []) members.add(child);
  return [...members].filter((member) => member.pid !== process.pid && !hasEnded(member));
}

/** Remembers who belongs to the run now, before its main process's death takes their parentage away. */
export async function rememberMembers(target: SweepTarget, survey: ProcessSurvey): Promise<void> {
  await look(target, survey);
}

/** Takes a look and remembers the members it shows. Undefined where there is no /proc to look into. */
async function look(target: SweepTarget, survey: ProcessSurvey): Promise<ProcessStat[] | undefined> {
  const seen = await survey.take(target.startTime);
  if (seen.processes.size === 0) return undefined;
  await claimOrphans(target, seen);
  const members = membersOf(target, withLeader(target, seen));
  for (const { pid, startTime } of members) target.seen.set(pid, startTime);
  return members;
}

/** A process that was given the number of the main one while the look was taken tells that the group is its own by now. */
function withLeader({ pid }: SweepTarget, survey: Survey): Survey {
  const leader = survey.processes.has(pid) ? undefined : readProcess(pid);
  return leader === undefined ? survey : { ...survey, processes: new Map([...survey.processes, [pid, leader]]) };
}

async function claimOrphans({ claims, startTime, seen }: SweepTarget, { processes, markers }: Survey): Promise<void> {
  if (claims === undefined) return;
  for (const orphan of processes.values()) {
    if (orphan.parent !== process.pid || orphan.startTime < startTime || markers.has(orphan.pid)) continue;
    if (!hasEnded(orphan) && (await claims(orphan))) seen.set(orphan.pid, orphan.startTime);
  }
}

/**
 * Kills every process of the run, looking again until none is left. Resolves to those that could not be killed in
 * time, or that are not ours to kill; to undefined where there is no /proc to look into.
 */
export async function sweep(target: SweepTarget, survey: ProcessSurvey, clock: Clock): Promise<Survivor[] | undefined> {
  const deadline = clock.monotonic() + SWEEP_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const members = await look(target, survey);
    if (members === undefined) return undefined;
    if (members.length === 0) return [];
    const mayDie = members.filter(kill);
    if (mayDie.length === 0 || clock.monotonic() >= deadline) return await Promise.all(members.map(survivor));
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
  }
}

/** False when the process is not ours to kill. The start time is compared at the last moment: the pid may be another's by now. */
function kill({ pid, startTime }: ProcessStat): boolean {
  if (readProcess(pid)?.startTime !== startTime) return true;
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM');
  }
}

async function survivor(member: ProcessStat): Promise<Survivor> {
  return { pid: member.pid, command: await readCommandLine(member) };
}
