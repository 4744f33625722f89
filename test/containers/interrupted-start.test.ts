// The agent dies while the runtime makes a main process, or before it let that begin: the next one tells what became of it.
import { mkdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { again, attend } from '../harness/attend.ts';
import { ContainerStage } from '../harness/container-stage.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';

describe.runIf(requires('root', 'runc', 'busybox', 'mounts'))(
  'a start the agent died over',
  { timeout: 120_000 },
  () => {
    test('counts as one only if its program began', async () => {
      await using shared = tempDir();
      mkdirSync(shared.at('given'));
      await using on = await ContainerStage.begin({ config: `[containers]\nmounts = ["${shared.path}"]\n` });
      const mounts = [{ source: shared.at('given'), target: '/given' }];
      const missing = { entry_point: { path: '/none', args: [] } };

      // The runtime has been started, and fails.
      expect(await startOver('agent.spawn.answered:1', missing)).toEqual({
        state: 'created',
        code: 'no-such-program',
        started: false,
        events: ['created', 'failed'],
      });
      // It makes the process.
      expect(await startOver('agent.spawn.answered:1', {})).toEqual({
        state: 'running',
        started: true,
        events: ['created', 'started'],
      });
      // It has made one, which is held until its mounts were looked at.
      expect(await startOver('containers.oci.start:1', { mounts })).toEqual({
        state: 'created',
        code: 'lost',
        started: false,
        events: ['created', 'failed'],
      });

      /** What its status says in the end of a container whose first start the agent dies over. */
      async function startOver(point: string, change: object): Promise<object> {
        const name = on.name();
        await on.made({ name, ...change });
        await on.stage.restart(`${point}:kill`);
        using _attendance = attend(on.stage);
        await on.runState(name, 'running').catch(() => undefined);
        const status = await again('the commit is carried out', async () => {
          const found = await on.state(name);
          if (found.version < 2) throw new Error('it is not');
          return found;
        });
        expect([point, on.stage.hasDied]).toEqual([point, true]);
        const { state, failure, main, events } = status;
        return {
          state,
          ...(failure && { code: failure.code }),
          started: main?.started !== undefined,
          events: events.map(({ event }) => event),
        };
      }
    });
  },
);
