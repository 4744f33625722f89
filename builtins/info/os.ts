import { readdir } from 'node:fs/promises';
import { arch, hostname, platform, release, uptime } from 'node:os';
import { defineBuiltin } from 'corex/builtin';
import { asNumber, readFields, readSmall } from './proc-fields.ts';
import { findVirtualization } from './virtualization.ts';

export const infoOs = defineBuiltin({
  name: 'info.os',
  summary: 'The system: host, kernel, distribution, when it was started (seconds), what it runs in.',
  example: {
    data: {
      hostname: 'build-3',
      uptime: 86_400,
      bootTime: 1_767_139_200,
      procs: 212,
      os: 'linux',
      arch: 'x64',
      platform: 'debian',
      platformFamily: 'debian',
      platformVersion: '12',
      platformName: 'Debian GNU/Linux 12 (bookworm)',
      kernelVersion: '6.1.0-18-amd64',
      virtualizationSystem: 'kvm',
      virtualizationRole: 'guest',
      hostid: '3c7a1f0e5b6d4f0f9a2b8c7d6e5f4a3b',
    },
  },
  run: async () => {
    const common = {
      hostname: hostname(),
      uptime: Math.floor(uptime()),
      os: platform(),
      arch: arch(),
      kernelVersion: release(),
    };
    if (platform() !== 'linux') return { ...common, ...(await (await import('./elsewhere.ts')).readSystem()) };
    const [stat, numbers, names, hostid, virtualization] = await Promise.all([
      readSmall('/proc/stat'),
      readdir('/proc').catch(() => undefined),
      readDistribution(),
      readSmall('/etc/machine-id'),
      findVirtualization(),
    ]);
    return {
      ...common,
      bootTime: asNumber(/^btime (\d+)$/m.exec(stat ?? '')?.[1]),
      procs: numbers?.filter((name) => /^\d+$/.test(name)).length,
      ...names,
      ...virtualization,
      hostid,
    };
  },
});

async function readDistribution() {
  const text = (await readSmall('/etc/os-release')) ?? (await readSmall('/usr/lib/os-release')) ?? '';
  const fields = readFields(text, '=');
  const value = (name: string): string | undefined => fields.get(name)?.replace(/^(["'])(.*)\1$/, '$2');
  const id = value('ID');
  return {
    platform: id,
    platformFamily: value('ID_LIKE')?.split(' ')[0] ?? id,
    platformVersion: value('VERSION_ID'),
    platformName: value('PRETTY_NAME'),
  };
}
