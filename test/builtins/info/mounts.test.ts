import { describe, expect, test } from 'vitest';
import { diskMounts, parseMounts } from '../../../builtins/info/mounts.ts';

const TEXT = `22 27 0:21 / /proc rw,nosuid - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 254:0 /data /srv/a\\040b\\134c rw - ext4 /dev/vda rw
31 27 254:16 / /home ro,nodev shared:7 master:2 - xfs /dev/vdb rw,noquota
32 27 0:40 / /net rw - nfs4 server:/export rw
33 27 0:41 / /over rw - tmpfs tmpfs rw
34 27 254:32 / /over rw - ext4 /dev/vdc rw
35 27 0:50 / /pool rw - zfs tank/data rw
36 27 0:51 / /ssh rw - fuse.sshfs me@host: rw

nonsense
`;

describe('parseMounts()', () => {
  test('reads every line that is one, and of several in a place the last', () => {
    expect(parseMounts(TEXT).map(({ device, mountpoint, fstype }) => [device, mountpoint, fstype])).toEqual([
      ['proc', '/proc', 'proc'],
      ['/dev/vda', '/', 'ext4'],
      ['/dev/vda', '/srv/a b\\c', 'ext4'],
      ['/dev/vdb', '/home', 'xfs'],
      ['server:/export', '/net', 'nfs4'],
      ['/dev/vdc', '/over', 'ext4'],
      ['tank/data', '/pool', 'zfs'],
      ['me@host:', '/ssh', 'fuse.sshfs'],
    ]);
    expect(parseMounts(TEXT).find(({ mountpoint }) => mountpoint === '/home')).toMatchObject({
      opts: 'ro,nodev,rw,noquota',
      number: '254:16',
    });
  });
});

describe('diskMounts()', () => {
  test('keeps what lies on disks, each once', () => {
    expect(diskMounts(parseMounts(TEXT)).map(({ mountpoint }) => mountpoint)).toEqual(['/', '/home', '/over', '/pool']);
  });

  test('keeps the root of a container, which lies on no disk', () => {
    expect(diskMounts(parseMounts('1 0 0:9 / / rw - overlay overlay rw'))).toHaveLength(1);
  });
});
