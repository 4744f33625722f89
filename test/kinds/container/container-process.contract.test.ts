import { systemClock } from '../../../src/base/clock.ts';
import { InProcessLauncher } from '../../../src/host/in-process/in-process-launcher.ts';
import { Leftovers } from '../../../src/host/leftovers.ts';
import type { ExecArguments } from '../../../src/kinds/container/container-arguments.ts';
import { containerExecKind } from '../../../src/kinds/container/container-process.ts';
import type { ContainerRun, ContainerRuns } from '../../../src/kinds/container/container-runs.ts';
import { LauncherPlace } from '../../../src/kinds/launcher-place.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import type { WireCommand } from '../../../src/protocol/command.ts';
import { describeProcessKind } from '../../contracts/process.ts';
import { tempDir } from '../../harness/temp-dir.ts';

/** A container that is the machine itself: its programs are what a runtime that stays would be. */
const runs: ContainerRuns = {
  find: () => ({ id: 'here', number: 1 }),
  admitMain: () => undefined,
  admitExec: () => undefined,
  main: () => Promise.reject(new Error('Nobody asks for it')),
  exec: ({ args }: ExecArguments, { key }): Promise<ContainerRun> =>
    Promise.resolve({
      program: '/bin/sh',
      args: [...(args ?? [])],
      env: { PATH: process.env['PATH'] ?? '', COREX_RUN: key },
      cwd: '/',
      begun: () => Promise.resolve(),
      explain: () => Promise.resolve(undefined),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
};

function script(text: string): WireCommand {
  return { command: 'container.exec', arguments: { container: 'here', name: '/bin/sh', args: ['-c', text] } };
}

describeProcessKind('container.exec', async () => {
  const directory = tempDir();
  const place = new LauncherPlace(new InProcessLauncher(), new Leftovers(systemClock), silentLogger);
  await place.open(1);
  return {
    factory: containerExecKind({
      place,
      runs,
      outputDirectory: (uid) => directory.at('output', uid),
      outputBytes: 64 * 1024 * 1024,
      drainMs: 300,
    }),
    commands: {
      speaks: script('echo out; echo err >&2; echo 3::public'),
      fails: script('exit 3'),
      waits: script('sleep 60'),
      ignores: script('trap "" TERM; echo ready; while :; do sleep 0.05; done'),
      floods: { command: script('head -c 3000000 /dev/urandom'), bytes: 3_000_000 },
      wrong: { command: 'container.exec', arguments: { container: 'here', name: 7 } },
    },
    [Symbol.asyncDispose]: async () => {
      await place.close();
      await directory[Symbol.asyncDispose]();
    },
  };
});
