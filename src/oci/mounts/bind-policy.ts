import { AgentError } from '../../protocol/agent-error.ts';

/** Which files of the machine containers may see. */
export interface BindPolicy {
  /** Directories below which anything may be mounted. None: nothing may. */
  readonly roots: readonly string[];
  /** Directories of corex itself, which no container ever sees. */
  readonly own: readonly string[];
}

/** Whoever has one of these has the machine. */
const NEVER = [
  '/proc',
  '/sys',
  '/dev',
  '/boot',
  '/run/containerd',
  '/run/crio',
  '/run/docker',
  '/run/docker.sock',
  '/run/podman',
  '/run/systemd',
  '/run/dbus',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/docker',
];

/** Of the kernel: processes, devices, control groups, wherever they are mounted. */
const KERNEL_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x9fa0, 'the processes of the machine'],
  [0x6265_6572, 'the devices of the machine'],
  [0x27_e0eb, 'control groups'],
  [0x6367_7270, 'control groups'],
  [0x6462_6720, 'the inside of the kernel'],
  [0x7472_6163, 'the inside of the kernel'],
  [0x7363_6673, 'the security of the kernel'],
  [0x6e73_6673, 'namespaces'],
  [0xcafe_4a11, 'programs of the kernel'],
]);

/** What was found at the place a path leads to. */
export interface BindSource {
  /** As it was asked for. */
  readonly asked: string;
  /** Where it really is. */
  readonly real: string;
  readonly sort: 'file' | 'directory' | 'socket' | 'device' | 'other';
  /** The number of its file system's type, as statfs(2) tells it. */
  readonly fileSystem: number;
}

/** Errors: AgentError `forbidden` when a container must not have it, and why. */
export function checkBindSource({ asked, real, sort, fileSystem }: BindSource, policy: BindPolicy): void {
  const refuse = (why: string): never => {
    throw new AgentError('forbidden', `Cannot mount "${asked}" in a container: ${why}`);
  };
  if (sort === 'socket') refuse('it is a socket, and whoever listens there would serve the container');
  if (sort !== 'file' && sort !== 'directory') refuse('it is neither a file nor a directory');
  const kernel = KERNEL_FILE_SYSTEMS.get(fileSystem);
  if (kernel !== undefined) refuse(`there are ${kernel}`);
  for (const never of [...NEVER, ...policy.own]) {
    if (isAtOrBelow(real, never)) refuse(`"${never}" is not for containers`);
    if (isAtOrBelow(never, real)) refuse(`"${never}" is in it, which is not for containers`);
  }
}

function isAtOrBelow(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
