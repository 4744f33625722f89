import { expect, test } from 'vitest';

import { endLeftovers } from '../../src/oci/end-leftovers.ts';
import { CommandRuntime } from '../../src/oci/runtimes/command-runtime.ts';
import { ContainerStage } from '../contracts/oci-runtime/container-stage.ts';
import { isAlive } from '../harness/processes.ts';
import { programPath } from '../harness/program-path.ts';
import { requires } from '../harness/requires.ts';
import { until } from '../harness/until.ts';

test.runIf(requires('root', 'runc', 'busybox'))(
  '`endLeftovers()` ends what a keeper that was killed left, and nothing that is known',
  async () => {
    const env = { PATH: process.env['PATH'] ?? '' };
    const program = programPath('runc');
    const stage = new ContainerStage((stateDirectory, ground) => ({
      ground,
      runtime: new CommandRuntime({ name: 'runc', program, stateDirectory, env, canLimitSwap: ground.canLimitSwap }),
    }));
    await stage.open();
    try {
      const known = await stage.run('echo ready; sleep 1000');
      const lost = await stage.run('(setsid sleep 1000 &); echo ready; sleep 1000');
      const waiting = await stage.make(['/bin/true']);
      await Promise.all([known, lost].map(({ run }) => run.saying('ready')));
      const pids = await Promise.all([known, lost, waiting].map(({ run }) => stage.mainPid(run)));
      const { ownerPid, launcher } = stage.keeper;
      process.kill(ownerPid, 'SIGKILL');
      await until('another keeper has come', () => {
        const { ownerPid: next } = launcher;
        return next !== undefined && next !== ownerPid && launcher.trouble === undefined;
      });

      const { ground, runtime } = stage;
      const search = { runtimes: [runtime], cgroupParent: ground.cgroupParent };
      const ended = await endLeftovers({ ...search, known: new Set([known.id]) });
      expect(ended.containers.toSorted()).toEqual([lost.id, waiting.id].toSorted());
      expect(ended.troubles).toEqual([]);
      await until('their processes are gone', () => pids.filter((pid) => isAlive(pid)).length === 1);
      expect((await runtime.list()).map(({ id }) => id)).toEqual([known.id]);

      expect(await endLeftovers({ ...search, known: new Set() })).toMatchObject({ containers: [known.id] });
      await until('all of them are gone', () => pids.every((pid) => !isAlive(pid)));
    } finally {
      await stage.close();
    }
  },
);
