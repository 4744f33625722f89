import { describe, expect, test } from 'vitest';

import type { NamedContainerEvent } from '../../../src/engine/container-access.ts';
import { requires } from '../../harness/requires.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { testAgent } from '../../harness/test-agent.ts';
import { makeTinyRoot } from '../../harness/tiny-root.ts';
import { within } from '../../harness/within.ts';

describe('agent.containers', () => {
  test.runIf(requires('root', 'runc', 'busybox', 'mounts'))(
    'makes and removes containers, tells of them, and starts none without a keeper',
    async () => {
      await using directory = tempDir();
      await using started = await testAgent();
      const { containers } = started.agent;
      const over = new AbortController();
      const events: NamedContainerEvent[] = [];
      const reading = (async () => {
        for await (const event of containers.events(over.signal)) {
          events.push(event);
          if (event.event === 'removed') return;
        }
      })();

      const image = `directory:${makeTinyRoot(directory.at('root'))}`;
      const entryPoint = { path: '/bin/true', args: [] };
      const change = containers.change(containers.create('here'), { image, entry_point: entryPoint, tags: ['a'] });
      const { id, version } = await containers.commit(
        containers.copyTo(change, { path: '/f', data: Buffer.from('x') }),
      );
      expect(version).toBe(1);
      expect(await containers.find(['a'])).toMatchObject([{ id, name: 'here', state: 'created' }]);
      const wants = containers.setRunState(await containers.handle('here'), 'running');
      await expect(containers.commit(wants)).rejects.toMatchObject({ code: 'not-able' });
      await expect(containers.exec('here', entryPoint)).rejects.toMatchObject({ code: 'not-running' });
      await expect(containers.signal('here', 'SIGTERM')).rejects.toMatchObject({ code: 'not-running' });
      expect((await containers.config('here')).files).toHaveLength(1);
      expect(await containers.state('here')).toMatchObject({ state: 'created', failure: { code: 'not-able' } });
      await containers.destroy('here');
      expect(await containers.list()).toEqual([]);

      await within(10_000, 'the last event', reading);
      over.abort();
      expect(events.map(({ event, number }) => [event, number])).toEqual([
        ['created', 1],
        ['failed', 2],
        ['removed', 3],
      ]);
      expect(events.every((event) => event.id === id)).toBe(true);
    },
  );
});
