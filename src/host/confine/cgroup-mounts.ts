import path from 'node:path';

/** The control group of this process in one hierarchy. */
export interface CgroupMount {
  readonly version: 1 | 2;
  /** What a hierarchy of version 1 controls; those of version 2 tell it in a file. */
  readonly controllers: readonly string[];
  /** Absolute path of the control group. */
  readonly directory: string;
}

/** Where every process of a mount namespace sees its own control groups; empty when it sees none. */
export function cgroupMounts(mountinfo: string, memberships: string): CgroupMount[] {
  const own = readMemberships(memberships);
  return mountinfo.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , , root = '', mountPoint = ''] = left.split(' ').map(unescape);
    const [type, , options = ''] = right.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') return [];
    const controllers = type === 'cgroup' ? options.split(',').filter((option) => own.has(option)) : [];
    const membership = own.get(controllers[0] ?? '');
    const inside = membership === undefined ? undefined : below(root, membership);
    if (inside === undefined || (type === 'cgroup' && controllers.length === 0)) return [];
    return [{ version: type === 'cgroup' ? 1 : 2, controllers, directory: path.join(mountPoint, inside) }];
  });
}

/** Control group by controller; that of version 2 by an empty name. */
function readMemberships(text: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(\/.*)$/s.exec(line) ?? [];
    if (controllers === undefined || group === undefined) continue;
    for (const controller of controllers.split(',')) own.set(controller, group);
  }
  return own;
}

/** Undefined when it is not below: a container may see only a part of a hierarchy, without its own control group. */
function below(root: string, group: string): string | undefined {
  const isOutside = group.split('/').includes('..');
  const inside = path.relative(root, group);
  return isOutside || inside.split('/').includes('..') ? undefined : inside;
}

/** The kernel writes blanks and backslashes as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
