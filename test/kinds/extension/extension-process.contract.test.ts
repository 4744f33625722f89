import { systemClock } from '../../../src/base/clock.ts';
import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import { Leftovers } from '../../../src/host/leftovers.ts';
import { RecentPrograms } from '../../../src/host/recent-programs.ts';
import { extensionKind } from '../../../src/kinds/extension/extension-process.ts';
import { LauncherPlace } from '../../../src/kinds/launcher-place.ts';
import { systemKind } from '../../../src/kinds/system/system-process.ts';
import type { WireCommand } from '../../../src/protocol/command.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { describeProcessKind } from '../../contracts/process.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { extensionOf } from './manifest-of.ts';

const SHELL = extensionOf({
  binary: 'sh',
  args: ['-c', 'eval "$1"', 'sh', '{script}'],
  parameters: { script: { required: true } },
});

function shell(script: string): WireCommand {
  return { command: 'try', arguments: { script } };
}

describeProcessKind('an extension', async () => {
  const directory = tempDir();
  const place = new LauncherPlace(new InProcessLauncher(), new Leftovers(systemClock), silentLogger);
  await place.open(1);
  const system = systemKind({
    place,
    environment: process.env,
    directory: directory.path,
    outputDirectory: (uid) => directory.at('output', uid),
    outputBytes: 64 * 1024 * 1024,
    drainMs: 300,
    cgroups: 'auto',
    recentPrograms: new RecentPrograms(systemClock),
    readSecret: () => Promise.reject(new Error('There is no secret')),
  });
  return {
    factory: extensionKind(SHELL, system),
    commands: {
      speaks: shell('echo out; echo err >&2; echo 3::public'),
      fails: shell('exit 3'),
      waits: shell('sleep 60'),
      ignores: shell('trap "" TERM; echo ready; while :; do sleep 0.05; done'),
      floods: { command: shell('head -c 3000000 /dev/urandom'), bytes: 3_000_000 },
      wrong: { command: 'try', arguments: { script: 7 } },
    },
    [Symbol.asyncDispose]: async () => {
      await place.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});
