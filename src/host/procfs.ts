import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** What `/proc/<pid>/stat` says of a process. */
export interface ProcessStat {
  readonly pid: number;
  /** The program's short name. */
  readonly command: string;
  /** `R S D T Z X …`; see {@link hasEnded}. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Clock ticks since boot. Together with the pid it names a process for ever. */
  readonly startTime: number;
}

/** How many files are read at once: enough to be quick, few enough to leave threads for others. */
const AT_ONCE = 2;

/** Every process on the machine, by pid. Empty where there is no /proc. */
export async function readProcesses(): Promise<Map<number, ProcessStat>> {
  const names = await readdir('/proc').catch(() => []);
  const processes = new Map<number, ProcessStat>();
  await inParallel(
    names.filter((name) => /^\d+$/.test(name)),
    async (name) => {
      const found = parseStat(await readFile(`/proc/${name}/stat`, 'latin1').catch(() => ''));
      if (found !== undefined) processes.set(found.pid, found);
    },
  );
  return processes;
}

/** One process, read at once so that nothing can happen between looking and acting. Undefined when it is gone. */
export function readProcess(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/**
 * The process that a number stands for: itself, or the process whose thread has this number, for a signal to a thread
 * goes to all of its process. Undefined when there is none, or no /proc.
 */
export function processOf(pid: number): number | undefined {
  try {
    const group = /^Tgid:\s*(\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))?.[1];
    return group === undefined ? undefined : Number(group);
  } catch {
    return undefined;
  }
}

/** A zombie or dead process: it runs no more, though its number may still be taken. */
export function hasEnded(process: ProcessStat): boolean {
  return process.state === 'Z' || process.state === 'X';
}

/** The value of a variable in the environment each process was started with; those that lack it or are not ours to read are left out. */
export async function readVariable(pids: Iterable<number>, name: string): Promise<Map<number, string>> {
  const values = new Map<number, string>();
  await inParallel([...pids], async (pid) => {
    const environment = await readFile(`/proc/${String(pid)}/environ`, 'utf8').catch(() => '');
    const entry = environment.split('\0').find((variable) => variable.startsWith(`${name}=`));
    if (entry !== undefined) values.set(pid, entry.slice(name.length + 1));
  });
  return values;
}

/** Program and arguments of a process for people to read, or its short name when it has none. */
export async function readCommandLine({ pid, command }: ProcessStat): Promise<string> {
  const line = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return line.replaceAll('\0', ' ').trim() || command;
}

/** What a process has open as its standard streams, as the system names it (`pipe:[123]`); what can't be told is left out. */
export async function openFilesOf(pid: number): Promise<ReadonlySet<string>> {
  const streams = ['0', '1', '2'].map((fd) => readlink(`/proc/${String(pid)}/fd/${fd}`).catch(() => undefined));
  return new Set((await Promise.all(streams)).filter((name) => name !== undefined));
}

/** A process's memory in bytes, all 0 once it has ended; undefined when it is gone. */
export async function readMemory(pid: number): Promise<{ rss: number; vms: number; swap: number } | undefined> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'latin1').catch(() => undefined);
  if (status === undefined) return undefined;
  const bytes = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024;
  return { rss: bytes('VmRSS'), vms: bytes('VmSize'), swap: bytes('VmSwap') };
}

/** The name stands in parentheses and may itself hold spaces and parentheses. */
function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const [state, parent, group, session, ...rest] = text.slice(close + 2).split(' ');
  if (open < 0 || state === undefined || session === undefined) return undefined;
  return {
    pid: Number(text.slice(0, open)),
    command: text.slice(open + 1, close),
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime: Number(rest[15]),
  };
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
