/**
 * Everything this package calls in libc, and nothing else: starting processes, seeing them end, pipes, terminals, limits.
 *
 * Bound once, at load, from the C library this Node itself runs on, so the same works on glibc and musl. Constants and
 * offsets are those of Linux on 64-bit machines; tried on x64.
 *
 * Sources: posix_spawn(3), waitid(2), wait4(2), prctl(2), pipe(2), prlimit(2), pty(7), ioctl_tty(2).
 */
import { getSystemErrorName } from 'node:util';

import koffi from 'koffi';

import { signalName } from '../../protocol/signals.ts';
import type { Exit, Usage } from '../../protocol/run.ts';

const libc = koffi.load(null);

const posixSpawn = libc.func(
  'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
);
const attributesInit = libc.func('int posix_spawnattr_init(void *attributes)');
const attributesSetFlags = libc.func('int posix_spawnattr_setflags(void *attributes, short flags)');
const attributesSetDefault = libc.func('int posix_spawnattr_setsigdefault(void *attributes, void *set)');
const attributesSetMask = libc.func('int posix_spawnattr_setsigmask(void *attributes, void *set)');
const actionsInit = libc.func('int posix_spawn_file_actions_init(void *actions)');
const actionsDestroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)');
const actionsDup2 = libc.func('int posix_spawn_file_actions_adddup2(void *actions, int from, int to)');
const actionsOpen = libc.func(
  'int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, int mode)',
);
const actionsChdir = libc.func('int posix_spawn_file_actions_addchdir_np(void *actions, const char *path)');
const actionsCloseFrom = ifThere('int posix_spawn_file_actions_addclosefrom_np(void *actions, int from)');
const emptySignals = libc.func('int sigemptyset(void *set)');
const waitid = libc.func('int waitid(int type, int id, void *info, int options)');
const wait4 = libc.func('int wait4(int pid, void *status, int options, void *usage)');
const pipe2 = libc.func('int pipe2(_Out_ int *ends, int flags)');
const control = libc.func('int fcntl(int fd, int command, ...)');
const close = libc.func('int close(int fd)');
const open = libc.func('int open(const char *path, int flags, ...)');
const prctl = libc.func('int prctl(int option, unsigned long value, unsigned long, unsigned long, unsigned long)');
const prlimit = libc.func('int prlimit(int pid, int resource, void *wanted, void *found)');
const openMaster = libc.func('int posix_openpt(int flags)');
const grantTerminal = libc.func('int grantpt(int fd)');
const unlockTerminal = libc.func('int unlockpt(int fd)');
const terminalName = libc.func('int ptsname_r(int fd, void *name, size_t size)');
const ioctl = libc.func('int ioctl(int fd, unsigned long request, ...)');

const O_RDONLY = 0o0;
const O_RDWR = 0o2;
const O_NOCTTY = 0o400;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;
const F_GETFL = 3;
const F_SETFL = 4;
const F_SETPIPE_SZ = 1031;
const TIOCSWINSZ = 0x5414;
const SPAWN_SETSIGDEF = 0x04;
const SPAWN_SETSIGMASK = 0x08;
const SPAWN_SETSID = 0x80;
const P_ALL = 0;
const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
const WNOTHREAD = 0x20000000;
const CLD_EXITED = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const RLIMIT_NOFILE = 7;

/** Room for what libc keeps in structures whose size is its own affair: no known one needs half of it. */
const STRUCTURE_BYTES = 1024;

/** What every child gets: its own session, default signals, nothing blocked. Never changed after, so all spawns share it. */
const attributes = makeAttributes();

/** Where waitid, wait4 and prlimit put what they find; read before the next call. */
const info = Buffer.alloc(128);
const status = Buffer.alloc(4);
const usage = Buffer.alloc(144);
const limits = Buffer.alloc(16);

/** A program to be started with exactly these files. */
export interface LibcSpawn {
  readonly program: string;
  /** With the program's own name first. */
  readonly argv: readonly string[];
  /** `NAME=value` each. */
  readonly environment: readonly string[];
  readonly cwd: string;
  /** What the child has as 0, 1, 2 …; nothing else stays open in it. A path is opened by the child itself, for reading and writing. */
  readonly files: readonly (number | string)[];
}

/**
 * Starts a program on a thread of the pool, so that neither a slow disk nor a dead one holds this thread up. Resolves to
 * its pid, or to the name of the system's error (`ENOENT`).
 */
export function spawnProcess({ program, argv, environment, cwd, files }: LibcSpawn): Promise<number | string> {
  const actions = Buffer.alloc(STRUCTURE_BYTES);
  const trouble = prepareActions(actions, cwd, files);
  if (trouble !== 0) {
    actionsDestroy(actions);
    return Promise.resolve(errorName(trouble));
  }
  const pid = [0];
  return new Promise((resolve) => {
    posixSpawn.async(
      pid,
      program,
      actions,
      attributes,
      [...argv, null],
      [...environment, null],
      (error: Error | null, code: number) => {
        actionsDestroy(actions);
        if (error !== null) resolve(error.message);
        else resolve(code === 0 ? (pid[0] ?? 0) : errorName(code));
      },
    );
  });
}

/** A child that has ended and was not collected yet. */
export interface EndedChild {
  readonly pid: number;
  readonly exit: Exit;
}

/** Some child that has ended, without collecting it: asked again, it may answer the same one. */
export function peekEndedChild(): EndedChild | undefined {
  return peek(P_ALL, 0);
}

/** Whether this child has ended, without collecting it. */
export function peekChild(pid: number): EndedChild | undefined {
  return peek(P_PID, pid);
}

/** Whether the process is a child of this one, alive or not collected yet. */
export function isChild(pid: number): boolean {
  return waitid(P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT) === 0;
}

/**
 * Whether this child is an orphan that was taken in. Children that were spawned here belong to threads of the pool,
 * orphans to the main thread, and waitid can be told to look at its own thread's only.
 */
export function isOrphan(pid: number): boolean {
  return waitid(P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT | WNOTHREAD) === 0;
}

/** Collects an ended child: its pid is free from now on. What it and the children it waited for used; undefined when it isn't one. */
export function collectChild(pid: number): Usage | undefined {
  if (wait4(pid, status, WNOHANG, usage) !== pid) return undefined;
  const millis = (offset: number): number =>
    Number(usage.readBigInt64LE(offset)) * 1000 + Number(usage.readBigInt64LE(offset + 8)) / 1000;
  return { userMs: millis(0), systemMs: millis(16), maxRss: Number(usage.readBigInt64LE(32)) * 1024 };
}

/** Whether this process has taken in an orphan, alive or dead. */
export function hasOrphans(): boolean {
  return waitid(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT | WNOTHREAD) === 0;
}

/** Makes descendants whose parents die children of this process. False where that can't be had. */
export function becomeSubreaper(): boolean {
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) === 0;
}

/** Whether `becomeSubreaper()` would be true. Afterwards this process is none. */
export const canBeSubreaper = (): boolean => becomeSubreaper() && prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) === 0;

/** A new pipe, closed in children: the end to read from and the end to write to. Errors: the name of the system's error. */
export function makePipe(): readonly [number, number] | string {
  const ends: [number, number] = [0, 0];
  return pipe2(ends, O_CLOEXEC) === 0 ? ends : lastError();
}

/** The same file again, as the lowest free number from `from` on; closed in children. Errors: the name of the system's error. */
export function duplicateFile(fd: number, from: number): number | string {
  const copy = control(fd, F_DUPFD_CLOEXEC, 'int', from) as number;
  return copy < 0 ? lastError() : copy;
}

/** Lets a pipe hold this much, where the system allows it. */
export function widenPipe(fd: number, bytes: number): void {
  control(fd, F_SETPIPE_SZ, 'int', bytes);
}

/** Closes a file of this process that no Node object owns. */
export function closeFile(fd: number): void {
  close(fd);
}

/** Opens something for reading that never blocks, like `/dev/null`. Errors: the name of the system's error. */
export function openFile(path: string): number | string {
  const fd = open(path, O_RDONLY | O_CLOEXEC, 'int', 0) as number;
  return fd < 0 ? lastError() : fd;
}

/** How many files a process may open. */
export interface FileLimit {
  /** Now. */
  readonly soft: number;
  /** At most, should it ask for more. */
  readonly hard: number;
}

/** How many files a process, 0 for this one, may open. Undefined when it is gone. */
export function fileLimit(pid: number): FileLimit | undefined {
  if (prlimit(pid, RLIMIT_NOFILE, null, limits) !== 0) return undefined;
  return { soft: Number(limits.readBigUInt64LE(0)), hard: Number(limits.readBigUInt64LE(8)) };
}

/** Changes how many files a process, 0 for this one, may open. False when it can't be. */
export function setFileLimit(pid: number, { soft, hard }: FileLimit): boolean {
  limits.writeBigUInt64LE(BigInt(soft), 0);
  limits.writeBigUInt64LE(BigInt(hard), 8);
  return prlimit(pid, RLIMIT_NOFILE, limits, null) === 0;
}

/** A new terminal: the end that stays here, which never blocks. Errors: the name of the system's error. */
export function openTerminal(): number | string {
  const master = openMaster(O_RDWR | O_NOCTTY | O_CLOEXEC) as number;
  if (master < 0) return lastError();
  if (grantTerminal(master) === 0 && unlockTerminal(master) === 0) {
    const flags = control(master, F_GETFL, 'int', 0) as number;
    if (control(master, F_SETFL, 'int', flags | O_NONBLOCK) === 0) return master;
  }
  const error = lastError();
  close(master);
  return error;
}

/** The path by which a program opens the other end of a terminal. */
export function terminalPath(master: number): string {
  const name = Buffer.alloc(128);
  terminalName(master, name, name.length);
  return name.toString('utf8', 0, name.indexOf(0));
}

/** Tells a terminal, and who runs on it, its size. */
export function resizeTerminal(fd: number, columns: number, rows: number): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(rows, 0);
  size.writeUInt16LE(columns, 2);
  ioctl(fd, TIOCSWINSZ, 'void *', size);
}

function prepareActions(actions: Buffer, cwd: string, files: LibcSpawn['files']): number {
  let code = actionsInit(actions) as number;
  for (const [fd, file] of files.entries()) {
    if (code !== 0) return code;
    code = (
      typeof file === 'number' ? actionsDup2(actions, file, fd) : actionsOpen(actions, fd, file, O_RDWR, 0)
    ) as number;
  }
  code ||= (actionsCloseFrom?.(actions, files.length) ?? 0) as number;
  return code || (actionsChdir(actions, cwd) as number);
}

function peek(type: number, id: number): EndedChild | undefined {
  info.fill(0);
  if (waitid(type, id, info, WEXITED | WNOHANG | WNOWAIT) !== 0) return undefined;
  const pid = info.readInt32LE(16);
  if (pid === 0) return undefined;
  const value = info.readInt32LE(24);
  return { pid, exit: info.readInt32LE(8) === CLD_EXITED ? { code: value } : { signal: signalName(value) } };
}

function makeAttributes(): Buffer {
  const made = Buffer.alloc(STRUCTURE_BYTES);
  // All of them: libc's own would be left ignored in children otherwise.
  const set = Buffer.alloc(128, 0xff);
  attributesInit(made);
  attributesSetFlags(made, SPAWN_SETSID | SPAWN_SETSIGDEF | SPAWN_SETSIGMASK);
  attributesSetDefault(made, set);
  emptySignals(set);
  attributesSetMask(made, set);
  return made;
}

function lastError(): string {
  return errorName(koffi.errno());
}

function errorName(code: number): string {
  return getSystemErrorName(-code);
}

/** A function that not every C library has. */
function ifThere(definition: string): ReturnType<typeof libc.func> | undefined {
  try {
    return libc.func(definition);
  } catch {
    return undefined;
  }
}
