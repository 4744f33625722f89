import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What /proc says about processes on this machine. Every function answers for a process that is gone, too. */

/** True while the process exists and has not ended; a zombie has ended. */
export function isAlive(pid: number): boolean {
  const state = statFields(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** The pids of all processes, zombies included. */
export function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The direct children of a process, zombies included. */
export function childrenOf(pid: number): number[] {
  const threads = tolerant(() => readdirSync(`/proc/${String(pid)}/task`)) ?? [];
  const lists = threads.map((thread) =>
    tolerant(() => readFileSync(`/proc/${String(pid)}/task/${thread}/children`, 'utf8')),
  );
  // Not every kernel keeps these lists; then each process is asked for its parent.
  if (lists.every((list) => list === undefined)) return allProcesses().filter((other) => parentOf(other) === pid);
  return lists.flatMap((list) => list?.split(' ').filter(Boolean).map(Number) ?? []);
}

/** Children, their children and so on. */
export function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

/** The environment a process was started with; empty when it is gone or not ours to read. */
export function environmentOf(pid: number): Record<string, string> {
  return Object.fromEntries(
    listIn(`/proc/${String(pid)}/environ`).map((entry) => {
      const split = entry.indexOf('=');
      return [entry.slice(0, split), entry.slice(split + 1)];
    }),
  );
}

/** Program and arguments; empty when the process is gone or a zombie. */
export function commandLineOf(pid: number): string[] {
  return listIn(`/proc/${String(pid)}/cmdline`);
}

/** The working directory, or undefined when the process is gone. */
export function directoryOf(pid: number): string | undefined {
  return linkAt(`/proc/${String(pid)}/cwd`);
}

/** What each open file descriptor of a process leads to, such as `/dev/null`, `pipe:[123]` or `socket:[456]`. */
export function openFilesOf(pid: number): Map<number, string> {
  const open = new Map<number, string>();
  const directory = `/proc/${String(pid)}/fd`;
  for (const fd of tolerant(() => readdirSync(directory)) ?? []) {
    const target = linkAt(`${directory}/${fd}`);
    if (target !== undefined) open.set(Number(fd), target);
  }
  return open;
}

/** One line about a process for a message: pid, state and command line. */
export function describeProcess(pid: number): string {
  const state = statFields(pid)?.[0] ?? 'gone';
  return `${String(pid)} (${state}) ${commandLineOf(pid).join(' ')}`;
}

function parentOf(pid: number): number | undefined {
  const parent = statFields(pid)?.[1];
  return parent === undefined ? undefined : Number(parent);
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold spaces and parentheses. */
function statFields(pid: number): string[] | undefined {
  const stat = tolerant(() => readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function listIn(path: string): string[] {
  const text = tolerant(() => readFileSync(path, 'utf8')) ?? '';
  return text.split('\0').filter((entry) => entry !== '');
}

function linkAt(path: string): string | undefined {
  return tolerant(() => readlinkSync(path));
}

/** Processes end while they are looked at, and some belong to others. */
function tolerant<Answer>(read: () => Answer): Answer | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
