import path from 'node:path';

import { AgentError } from '../../protocol/agent-error.ts';
import type { RuntimeMount } from './runtime-config.ts';

/** Memory as a file system, empty at every start. */
export interface TmpfsMount {
  /** Absolute, in the container. */
  readonly destination: string;
  /** Default: 64 MiB. It counts as memory of the container. */
  readonly sizeBytes?: number;
  /** Whether programs may be run from it. Default: no. */
  readonly executable?: boolean;
}

const DEFAULT_TMPFS_BYTES = 64 * 1024 ** 2;

/** Group `tty` in every image there is. */
const TTY_GROUP = 5;

export interface DefaultMountChoice {
  /** Whether the group `tty` exists in the container's map. */
  readonly groups: number;
  /** `/sys`: one of its own network, the machine's, or none. */
  readonly sys: 'own' | 'machine' | 'none';
  readonly shmBytes: number;
}

/** What every program expects to find, and no more. */
export function defaultMounts({ groups, sys, shmBytes }: DefaultMountChoice): RuntimeMount[] {
  const tty = groups > TTY_GROUP ? [`gid=${TTY_GROUP}`] : [];
  const closed = ['nosuid', 'noexec', 'nodev'];
  return [
    mount('/proc', 'proc', 'proc', closed),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'noexec', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...tty]),
    mount('/dev/shm', 'tmpfs', 'shm', [...closed, 'mode=1777', `size=${shmBytes}`]),
    mount('/dev/mqueue', 'mqueue', 'mqueue', closed),
    ...(sys === 'none'
      ? []
      : [
          sys === 'own'
            ? mount('/sys', 'sysfs', 'sysfs', [...closed, 'ro'])
            : mount('/sys', 'bind', '/sys', ['rbind', 'ro', ...closed]),
          mount('/sys/fs/cgroup', 'cgroup', 'cgroup', [...closed, 'relatime', 'ro']),
        ]),
  ];
}

/** Errors: AgentError `bad-arguments`. */
export function tmpfsMount({
  destination,
  sizeBytes = DEFAULT_TMPFS_BYTES,
  executable = false,
}: TmpfsMount): RuntimeMount {
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1) {
    throw new AgentError(
      'bad-arguments',
      `Cannot mount memory at "${destination}": its size must be a whole number of bytes, not ${sizeBytes}`,
    );
  }
  const options = ['nosuid', 'nodev', ...(executable ? ['exec'] : ['noexec']), 'mode=1777', `size=${sizeBytes}`];
  return mount(checkDestination(destination), 'tmpfs', 'tmpfs', options);
}

/** Where the runtime itself mounts things. */
const TAKEN = ['/proc', '/sys', '/dev'];

/**
 * The place in a container that something may be mounted at. Errors: AgentError `bad-path` when it is not an absolute
 * path in its shortest form, `forbidden` when the kernel's own files are there.
 */
export function checkDestination(destination: string): string {
  const refuse = (code: 'bad-path' | 'forbidden', why: string): never => {
    throw new AgentError(code, `Cannot mount anything at ${JSON.stringify(destination)} in a container: ${why}`);
  };
  if (!destination.startsWith('/')) refuse('bad-path', 'it must begin with "/"');
  if (destination.includes('\0')) refuse('bad-path', 'it has a NUL in it');
  if (destination === '/') refuse('forbidden', 'that is its root');
  if (path.posix.normalize(destination) !== destination || destination.endsWith('/')) {
    refuse('bad-path', `write it as "${path.posix.join('/', destination).replace(/\/$/, '')}"`);
  }
  if (TAKEN.some((taken) => destination === taken || destination.startsWith(`${taken}/`))) {
    refuse('forbidden', 'the files of the kernel are there');
  }
  return destination;
}

function mount(destination: string, type: string, source: string, options: readonly string[]): RuntimeMount {
  return { destination, type, source, options };
}
