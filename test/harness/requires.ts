import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import path from 'node:path';

interface Need {
  readonly isMet: () => boolean;
  /** What is missing and how to get it. */
  readonly missing: string;
  /** True for what a package can bring: missing on a build machine, it is a failure. */
  readonly installable: boolean;
}

const needs = {
  bash: program('bash', 'bash: install bash'),
  zsh: { ...program('zsh', 'zsh: install zsh'), installable: false },
  fish: { ...program('fish', 'fish: install fish'), installable: false },
  cc: program('cc', 'a C compiler: install gcc'),
  git: program('git', 'git: install git'),
  python3: program('python3', 'Python 3: install python3'),
  tini: program('tini', 'tini: install tini'),
  runc: program('runc', 'runc: install runc'),
  crun: program('crun', 'crun: install crun'),
  skopeo: program('skopeo', 'skopeo: install skopeo'),
  umoci: program('umoci', 'umoci: install umoci'),
  zstd: program('zstd', 'zstd: install zstd'),
  busybox: program('busybox', 'a static busybox: install busybox-static'),
  iptables: program('iptables', 'iptables: install iptables'),
  'network plugins': {
    isMet: () => existsSync('/usr/lib/cni/bridge') || existsSync('/opt/cni/bin/bridge'),
    missing: 'the CNI plugins: install containernetworking-plugins',
    installable: true,
  },
  systemd: { ...program('systemd-analyze', 'systemd-analyze: install systemd'), installable: false },
  root: {
    isMet: () => process.geteuid?.() === 0,
    missing: 'the rights of root',
    installable: false,
  },
  mounts: {
    isMet: canMount,
    missing: 'the right to mount',
    installable: false,
  },
  fuse: {
    isMet: () => canWrite('/dev/fuse') && canMount(),
    missing: 'FUSE, and the right to mount',
    installable: false,
  },
  'pid namespaces': {
    isMet: canLimitPids,
    missing: 'a pid namespace with a limit of its own (Linux 6.14, the rights of root)',
    installable: false,
  },
  cgroups: {
    isMet: () => canWrite('/sys/fs/cgroup/cgroup.procs') || canWrite('/sys/fs/cgroup/unified/cgroup.procs'),
    missing: 'a writable cgroup v2 hierarchy',
    installable: false,
  },
} satisfies Record<string, Need>;

const told = new Set<string>();

/**
 * Whether this machine has what a test needs: `test.runIf(requires('cc'))`. A test is never skipped in silence: what is
 * missing is said once, and with CI=true a missing program is an error.
 */
export function requires(...names: (keyof typeof needs)[]): boolean {
  const missing = names.filter((name) => !needs[name].isMet());
  for (const name of missing) {
    const need: Need = needs[name];
    if (need.installable && process.env['CI'] === 'true')
      throw new Error(`Cannot run these tests without ${need.missing}`);
    if (!told.has(name)) process.stderr.write(`SKIPPED for want of ${need.missing}\n`);
    told.add(name);
  }
  return missing.length === 0;
}

function program(name: string, missing: string): Need {
  return {
    isMet: () =>
      (process.env['PATH'] ?? '').split(path.delimiter).some((directory) => existsSync(path.join(directory, name))),
    missing,
    installable: true,
  };
}

/** Containers often have root without the capability. */
function canMount(): boolean {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const administer = 21n;
  return ((capabilities >> administer) & 1n) === 1n;
}

/** Below Linux 6.14 the limit is that of the whole machine: it must not be touched there. */
function canLimitPids(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return canMount() && (major > 6 || (major === 6 && minor >= 14));
}

function canWrite(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
