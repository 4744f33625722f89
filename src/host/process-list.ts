/** The processes of this machine, for people to look at. */
import { readFile, readdir, readlink } from 'node:fs/promises';
import type { ProcessInfo, ResourceLimitInfo } from '../protocol/process-info.ts';
import { RUN_MARKER } from './launcher.ts';
import { readProcesses, type ProcessStat } from './procfs.ts';

export interface ProcessListOptions {
  readonly pid?: number;
  readonly parent?: number;
  /** The program's short name, or the name of the file it was called as. */
  readonly name?: string;
  /** Only those that belong to the job of this id. */
  readonly job?: string;
  /** Only those behind this pid. */
  readonly after?: number;
  readonly limit: number;
  readonly details: boolean;
  /** The job that a run's marker and the job id beside it stand for; undefined when there is none such. */
  readonly jobOf: (runKey: string, jobId: string) => string | undefined;
  readonly signal?: AbortSignal;
}

/** User-space clock ticks a second, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const MS_PER_TICK = 1000 / TICKS_PER_SECOND;
const LONGEST_COMMAND_LINE = 4096;
const JOB_ID = 'COREX_JOB_ID';

/**
 * Processes in order of pid. Those that vanish meanwhile are left out. Empty where there is no /proc. Errors: the
 * signal's reason.
 */
export async function listProcesses(options: ProcessListOptions): Promise<ProcessInfo[]> {
  const { after = 0, limit, signal } = options;
  const all = await readProcesses();
  const jobs = new JobsOfProcesses(all, options.jobOf);
  const bootedAt = await readBootTime();
  const candidates = [...all.values()].filter((stat) => stat.pid > after && fits(stat, options));
  candidates.sort((a, b) => a.pid - b.pid);
  const processes: ProcessInfo[] = [];
  for (const stat of candidates) {
    if (processes.length === limit) break;
    signal?.throwIfAborted();
    const job = await jobs.of(stat);
    if (options.job !== undefined && job !== options.job) continue;
    const found = await readInfo(stat, job, bootedAt);
    if (found === undefined || !isCalled(found, options.name)) continue;
    processes.push(options.details ? { ...found, ...(await readDetails(stat.pid)) } : found);
  }
  return processes;
}

function fits(stat: ProcessStat, { pid, parent }: ProcessListOptions): boolean {
  return (pid === undefined || stat.pid === pid) && (parent === undefined || stat.parent === parent);
}

/** Programs rename themselves: Node is a `MainThread` to the kernel. */
function isCalled({ name, cmdline }: ProcessInfo, wanted: string | undefined): boolean {
  if (wanted === undefined || name === wanted) return true;
  const [program = ''] = cmdline.split(' ', 1);
  return program.slice(program.lastIndexOf('/') + 1) === wanted;
}

/** Who belongs to which job: a process that carries a run's marker, and what descends from it. */
class JobsOfProcesses {
  readonly #processes: ReadonlyMap<number, ProcessStat>;
  readonly #jobOf: ProcessListOptions['jobOf'];
  readonly #known = new Map<number, string | undefined>();

  constructor(processes: ReadonlyMap<number, ProcessStat>, jobOf: ProcessListOptions['jobOf']) {
    this.#processes = processes;
    this.#jobOf = jobOf;
  }

  async of(process: ProcessStat): Promise<string | undefined> {
    const asked: number[] = [];
    let job: string | undefined;
    for (let at: ProcessStat | undefined = process; at !== undefined; at = this.#processes.get(at.parent)) {
      if (asked.includes(at.pid)) break;
      if (this.#known.has(at.pid)) {
        job = this.#known.get(at.pid);
        break;
      }
      asked.push(at.pid);
      job = await this.#marked(at.pid);
      if (job !== undefined) break;
    }
    for (const pid of asked) this.#known.set(pid, job);
    return job;
  }

  async #marked(pid: number): Promise<string | undefined> {
    const environment = await readFile(`/proc/${String(pid)}/environ`, 'utf8').catch(() => '');
    if (!environment.includes(RUN_MARKER)) return undefined;
    const variables = environment.split('\0');
    const valueOf = (name: string): string | undefined =>
      variables.findLast((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
    const [key, id] = [valueOf(RUN_MARKER), valueOf(JOB_ID)];
    return key === undefined || id === undefined ? undefined : this.#jobOf(key, id);
  }
}

async function readInfo(
  stat: ProcessStat,
  job: string | undefined,
  bootedAt: number | undefined,
): Promise<ProcessInfo | undefined> {
  const { pid } = stat;
  const [times, status, line] = await Promise.all(
    ['stat', 'status', 'cmdline'].map((file) =>
      readFile(`/proc/${String(pid)}/${file}`, 'utf8').catch(() => undefined),
    ),
  );
  if (times === undefined || status === undefined) return undefined;
  // Behind the name, which may hold anything: the state is the 3rd field, utime and stime the 14th and 15th.
  const fields = times.slice(times.lastIndexOf(')') + 2).split(' ');
  // Its number has become another's.
  if (Number(fields[19]) !== stat.startTime) return undefined;
  const bytes = (field: string): number => (numberOf(status, field) ?? 0) * 1024;
  return {
    pid,
    ppid: stat.parent,
    name: stat.command,
    cmdline: readable(line ?? ''),
    state: stat.state,
    start_time: stat.startTime,
    createtime: bootedAt === undefined ? undefined : bootedAt + stat.startTime * MS_PER_TICK,
    uid: numberOf(status, 'Uid'),
    threads: numberOf(status, 'Threads'),
    cpu: { user: Number(fields[11]) / TICKS_PER_SECOND, system: Number(fields[12]) / TICKS_PER_SECOND },
    rss: bytes('VmRSS'),
    vms: bytes('VmSize'),
    swap: bytes('VmSwap'),
    job,
  };
}

/** The first number of a line of `/proc/<pid>/status`. */
function numberOf(status: string, field: string): number | undefined {
  const found = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}

function readable(line: string): string {
  return line.replace(/\0+$/, '').replaceAll('\0', ' ').slice(0, LONGEST_COMMAND_LINE);
}

/** What takes longer to tell, and only of processes of the same user or for root. */
async function readDetails(pid: number): Promise<Pick<ProcessInfo, 'ofd' | 'exe' | 'cwd' | 'rlimit'>> {
  const folder = `/proc/${String(pid)}`;
  const [files, exe, cwd, limits] = await Promise.all([
    readdir(`${folder}/fd`).catch(() => undefined),
    readlink(`${folder}/exe`).catch(() => undefined),
    readlink(`${folder}/cwd`).catch(() => undefined),
    readFile(`${folder}/limits`, 'utf8').catch(() => undefined),
  ]);
  return { ofd: files?.length, exe, cwd, rlimit: limits === undefined ? undefined : parseLimits(limits) };
}

/** Lines such as `Max open files            1024                 4096                 files`. */
function parseLimits(text: string): ResourceLimitInfo[] {
  return text
    .split('\n')
    .map((line) => /^Max (.+?) {2,}(\d+|unlimited) +(\d+|unlimited)/.exec(line))
    .filter((found) => found !== null)
    .map(([, resource = '', soft = '', hard = '']) => ({ resource, soft: limitOf(soft), hard: limitOf(hard) }));
}

function limitOf(text: string): number | null {
  return text === 'unlimited' ? null : Number(text);
}

/** When the machine was started, milliseconds since 1970. */
async function readBootTime(): Promise<number | undefined> {
  const stat = await readFile('/proc/stat', 'latin1').catch(() => '');
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
