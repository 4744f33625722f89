/** A line of `/proc/self/mountinfo`. */
export interface Mount {
  /** Source: a device, a directory of a server, or a word. */
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly opts: string;
  /** `major:minor`: mounts of the same file system have the same. */
  readonly number: string;
}

/** Filesystems that lie on no `/dev/…` and still keep files. */
const WITH_FILES: ReadonlySet<string> = new Set(['zfs', 'btrfs', 'bcachefs']);
/** Asking one whose server is gone would hang. */
const REMOTE = /^(nfs|nfs4|cifs|smb3|smbfs|9p|afs|ceph|glusterfs|lustre|davfs|fuse(\..*)?)$/;

/** Mounts that can be seen: of several in one place only the last, which lies over the others. */
export function parseMounts(text: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , number, , mountpoint, ...rest] = before.split(' ');
    const [fstype, source, superOptions = ''] = after.split(' ');
    const [options = ''] = rest;
    if (number === undefined || mountpoint === undefined || fstype === undefined || source === undefined) continue;
    const place = unescape(mountpoint);
    mounts.delete(place);
    mounts.set(place, {
      device: unescape(source),
      mountpoint: place,
      fstype,
      opts: joinOptions(options, superOptions),
      number,
    });
  }
  return [...mounts.values()];
}

/** The mounts of disks, each file system once: where it was mounted first, and whatever `/` is. */
export function diskMounts(mounts: readonly Mount[]): Mount[] {
  const seen = new Set<string>();
  return mounts.filter(({ device, fstype, mountpoint, number }) => {
    const isDisk = device.startsWith('/') || WITH_FILES.has(fstype) || mountpoint === '/';
    if (!isDisk || isRemote(fstype) || seen.has(number)) return false;
    seen.add(number);
    return true;
  });
}

/** Whether a server or a program is asked for each file. */
export function isRemote(fstype: string): boolean {
  return REMOTE.test(fstype);
}

/** Those of the mount, then those of the file system that are not said yet. */
function joinOptions(own: string, common: string): string {
  return [...new Set([...own.split(','), ...common.split(',')])].filter((option) => option !== '').join(',');
}

/** Spaces, tabs, newlines and backslashes are written as octal numbers. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
