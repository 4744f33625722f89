import { statfs } from 'node:fs/promises';
import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { diskMounts, isRemote, parseMounts, type Mount } from './mounts.ts';
import { percent, readSmall } from './proc-fields.ts';

const Arguments = z.strictObject({
  all: z
    .boolean()
    .nullish()
    .describe('Every mount, also of the kernel’s own and of remote file systems. Default false: disks, each once.'),
});

export const infoDisk = defineBuiltin({
  name: 'info.disk',
  summary:
    'Mounted file systems with their use in bytes. Those of servers are not measured: one that is gone would hold up the answer.',
  arguments: Arguments,
  errors: ['not-able'],
  example: {
    data: [
      {
        device: '/dev/sda1',
        mountpoint: '/',
        fstype: 'ext4',
        opts: 'rw,relatime',
        use: {
          total: 105_089_261_568,
          used: 42_949_672_960,
          free: 62_139_588_608,
          available: 56_759_418_880,
          usedPercent: 43.1,
          files: 6_553_600,
          filesFree: 6_100_000,
        },
      },
    ],
  },
  run: async ({ all }, { signal }) => {
    const text = await readSmall('/proc/self/mountinfo');
    if (text === undefined) return (await import('./elsewhere.ts')).readDisks();
    const mounts = parseMounts(text);
    const given = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return await Promise.race([measureAll(all === true ? mounts : diskMounts(mounts)), given]);
  },
});

/** One after the other: one that hangs holds no more than one of Node's few threads. */
async function measureAll(mounts: readonly Mount[]) {
  const disks = [];
  for (const mount of mounts) disks.push(await describe(mount));
  return disks;
}

async function describe({ device, mountpoint, fstype, opts }: Mount) {
  const use = isRemote(fstype) ? undefined : await measure(mountpoint);
  return { device, mountpoint, fstype, opts, use };
}

/** As `df` counts: `usedPercent` is of what users may have. Undefined where there is nothing to fill. */
async function measure(mountpoint: string) {
  const found = await statfs(mountpoint).catch(() => undefined);
  if (found === undefined || found.blocks === 0) return undefined;
  const [total, free, available] = [found.blocks, found.bfree, found.bavail].map((blocks) => blocks * found.bsize) as [
    number,
    number,
    number,
  ];
  const used = total - free;
  return {
    total,
    used,
    free,
    available,
    usedPercent: percent(used, used + available),
    files: found.files,
    filesFree: found.ffree,
  };
}
