import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import type { ControllerState } from '../../../src/state/controllers/controller-state.ts';
import { defineResource } from '../../../src/state/define-resource.ts';
import { META, Namespaces, ResourceDefinitions } from '../../../src/state/registry.ts';
import { newResource } from '../../../src/state/resource.ts';
import { openResources } from '../../../src/agent/resources/open-resources.ts';
import { createAgent } from '../../../src/agent/create-agent.ts';
import { defaultConfig } from '../../../src/agent/config.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { silentLogger } from '../../../src/telemetry/logger.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { testAgent } from '../../harness/test-agent.ts';
import { until } from '../../harness/until.ts';

const Lamps = defineResource({
  type: 'Lamps.test.corex',
  namespace: 'config',
  schema: z.object({ isOn: z.boolean() }),
});
const Glows = defineResource({
  type: 'Glows.test.corex',
  namespace: 'runtime',
  schema: z.object({ isOn: z.boolean() }),
});

describe('the resources of an agent', () => {
  test('tell of themselves, and those of clients are refused where only the agent writes', async () => {
    await using directory = tempDir();
    await using store = await openStore({ directory: directory.path });
    const config = defaultConfig(directory.path, directory.at('run'));
    const ground = { store, environment: {}, clock: systemClock };
    const { state, clients, close } = await openResources({ config, logger: silentLogger }, ground);
    const names = (await clients.list({ namespace: META, type: Namespaces.type })).map(({ metadata }) => metadata.id);
    expect(names).toEqual(['config', 'containers', 'meta', 'runtime']);
    for (const namespace of ['runtime', 'meta', 'containers']) {
      const one = newResource({ namespace, type: 'Things', id: 'one', spec: {} });
      const denied = { code: 'denied', message: expect.stringContaining(`the namespace "${namespace}"`) };
      await expect(clients.create(one)).rejects.toMatchObject(denied);
      const stored = await state.create(one);
      expect(await clients.get(stored.metadata)).toEqual(stored);
      await expect(clients.teardownAndDestroy(stored.metadata)).rejects.toMatchObject(denied);
    }
    await clients.create(newResource({ namespace: 'config', type: 'Things', id: 'one', spec: {} }));
    await expect(state.list({ namespace: 'nowhere', type: 'Things' })).rejects.toMatchObject({ code: 'bad-request' });
    await close();
    await expect(state.list({ namespace: 'config', type: 'Things' })).rejects.toMatchObject({ code: 'closed' });
  });

  test('that are wished for outlive it; what it told of the present does not', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('data');
    {
      await using running = await testAgent({ dataDir });
      const { state } = running.agent;
      await state.create(Lamps.make({ id: 'desk', spec: { isOn: true } }));
      await state.create(Glows.make({ id: 'desk', spec: { isOn: true } }));
      await state.updateWithConflicts<{ isOn: boolean }>(Lamps.pointer('desk'), (draft) => {
        draft.spec.isOn = false;
      });
    }
    await using running = await testAgent({ dataDir });
    const { state } = running.agent;
    expect(await state.get(Lamps.pointer('desk'))).toMatchObject({ metadata: { version: 2 }, spec: { isOn: false } });
    expect(await state.find(Glows.pointer('desk'))).toBeUndefined();
  });

  test('and the controllers of a program that embeds it are its own, over restarts', async () => {
    await using directory = tempDir();
    const dataDir = directory.at('data');
    const resources = {
      definitions: [Lamps, Glows],
      queueControllers: [
        {
          name: 'Lighter',
          inputs: [{ namespace: 'config', type: Lamps.type, kind: 'primary' as const }],
          outputs: [{ type: Glows.type, kind: 'exclusive' as const }],
          reconcile: async ({ id }: { id: string }, { state }: { state: ControllerState }) => {
            const lamp = await state.find(Lamps.pointer(id));
            const isOn = (lamp?.spec as { isOn: boolean } | undefined)?.isOn ?? false;
            await state.modify(Glows.make({ id, spec: { isOn } }), (draft) => {
              draft.spec.isOn = isOn;
            });
          },
        },
      ],
    };
    {
      await using running = await testAgent({ dataDir, resources });
      const { state } = running.agent;
      expect(await state.find(ResourceDefinitions.pointer('lamps.test.corex'))).toBeDefined();
      await state.create(Lamps.make({ id: 'desk', spec: { isOn: true } }));
      await state.watchFor(Glows.pointer('desk'), { matches: ({ spec }) => (spec as { isOn: boolean }).isOn });
    }
    await using running = await testAgent({ dataDir, resources });
    await running.agent.state.watchFor(Glows.pointer('desk'), {
      matches: ({ spec }) => (spec as { isOn: boolean }).isOn,
    });
  });

  test('of a type in a namespace that is not there are refused before it takes commands', async () => {
    const Lost = defineResource({ type: 'Losts.test.corex', namespace: 'nowhere', schema: z.object({}) });
    await using directory = tempDir();
    const options = { dataDir: directory.at('data'), resources: { definitions: [Lost] } };
    await expect(createAgent(options)).rejects.toThrow(
      'Cannot register the type "Losts.test.corex": there is no namespace "nowhere"',
    );
  });

  test('end what watches them when it stops', async () => {
    const running = await testAgent();
    const watch = running.agent.state.watchKind({ namespace: 'config', type: Lamps.type });
    let hasEnded = false;
    void watch.next().then(({ done }) => (hasEnded = done === true));
    await running[Symbol.asyncDispose]();
    await until('the watch has ended', () => hasEnded);
  });
});
