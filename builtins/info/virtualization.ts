/** What the machine itself runs in. */
import { parseMounts } from './mounts.ts';
import { readFields, readSmall } from './proc-fields.ts';

/** What the firmware of a virtual machine calls itself. */
const MAKERS: readonly (readonly [pattern: RegExp, system: string])[] = [
  [/qemu|kvm|openstack|rhev|amazon ec2|google compute/i, 'kvm'],
  [/vmware/i, 'vmware'],
  [/virtualbox|innotek/i, 'vbox'],
  [/microsoft corporation.*virtual machine/i, 'hyperv'],
  [/\bxen\b/i, 'xen'],
  [/parallels/i, 'parallels'],
  [/bhyve/i, 'bhyve'],
  [/apple virtualization/i, 'apple'],
];

export interface Virtualization {
  /** `docker`, `podman`, `lxc`, `kvm`, `vmware`, …; missing where it can't be told. */
  readonly virtualizationSystem?: string | undefined;
  readonly virtualizationRole?: 'guest' | undefined;
}

/** The innermost thing the agent runs in: a container, else a virtual machine, else nothing. */
export async function findVirtualization(): Promise<Virtualization> {
  const container = await findContainer();
  if (container !== undefined) return { virtualizationSystem: container, virtualizationRole: 'guest' };
  const machine = await findMachine();
  if (machine !== undefined) return { virtualizationSystem: machine, virtualizationRole: 'guest' };
  const { flags = '' } = Object.fromEntries(readFields((await readSmall('/proc/cpuinfo')) ?? '', ':')) as {
    flags?: string;
  };
  return flags.split(' ').includes('hypervisor') ? { virtualizationRole: 'guest' } : {};
}

async function findContainer(): Promise<string | undefined> {
  const told = await readSmall('/run/systemd/container');
  if (told !== undefined && told !== '') return told;
  // Machines are made of the images of containers, marks and all; but a container's root lies on no disk of its own.
  if (!(await isRootOnDisk())) {
    if ((await readSmall('/run/.containerenv')) !== undefined) return 'podman';
    if ((await readSmall('/.dockerenv')) !== undefined) return 'docker';
  }
  const environment = (await readSmall('/proc/1/environ')) ?? '';
  return environment
    .split('\0')
    .find((variable) => variable.startsWith('container='))
    ?.slice('container='.length);
}

async function isRootOnDisk(): Promise<boolean> {
  const mounts = parseMounts((await readSmall('/proc/self/mountinfo')) ?? '');
  return mounts.some(({ mountpoint, device }) => mountpoint === '/' && device.startsWith('/dev/'));
}

async function findMachine(): Promise<string | undefined> {
  if ((await readSmall('/sys/hypervisor/type')) === 'xen') return 'xen';
  const words = await Promise.all(['sys_vendor', 'product_name'].map((file) => readSmall(`/sys/class/dmi/id/${file}`)));
  const maker = words.filter((word) => word !== undefined).join(' ');
  return MAKERS.find(([pattern]) => pattern.test(maker))?.[1];
}
