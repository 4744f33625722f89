import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { defineResource } from '../../src/state/define-resource.ts';
import { MemoryBackend } from '../../src/state/memory-backend.ts';
import { META, Namespaces, Registry, ResourceDefinitions } from '../../src/state/registry.ts';
import { isConflict } from '../../src/state/state-error.ts';
import { State } from '../../src/state/state.ts';

const Disks = defineResource({
  type: 'Disks.test.corex',
  namespace: 'machine',
  aliases: ['hd'],
  columns: [{ name: 'Size', path: 'spec.size' }],
  schema: z.object({ size: z.number() }),
});

async function make(): Promise<{ readonly state: State; readonly registry: Registry }> {
  const state = new State(new MemoryBackend());
  const registry = new Registry(state);
  await registry.begin();
  return { state, registry };
}

describe('the registry', () => {
  test('keeps what there is as resources that are its own', async () => {
    const { state, registry } = await make();
    await registry.namespace('machine', 'What the machine has.');
    await registry.define(Disks);
    const namespaces = await state.list({ namespace: META, type: Namespaces.type });
    expect(namespaces.map(({ metadata }) => metadata.id)).toEqual(['machine', 'meta']);
    const stored = await state.get(ResourceDefinitions.pointer('disks.test.corex'));
    expect(stored.metadata.owner).toBe(META);
    expect(stored.spec).toMatchObject({
      displayType: 'Disk',
      defaultNamespace: 'machine',
      printColumns: [{ name: 'Size', jsonPath: '{.spec.size}' }],
    });
    await expect(state.destroy(stored.metadata)).rejects.toSatisfy((error) => isConflict(error));
  });

  test('refuses what is registered already', async () => {
    const { registry } = await make();
    await registry.define(Disks);
    await expect(registry.define(Disks)).rejects.toMatchObject({ code: 'already-exists' });
    await expect(registry.namespace(META, '')).rejects.toMatchObject({ code: 'already-exists' });
  });

  test('finds types by any of their names, in any case, unless several have it', async () => {
    const { registry } = await make();
    await registry.define(Disks);
    for (const name of ['Disks.test.corex', 'disks', 'DISK', 'hd', 'disks.test']) {
      expect(registry.find(name)).toBe(Disks);
    }
    expect(registry.find('nothing')).toBeUndefined();
    const Others = defineResource({ type: 'Disks.other.corex', namespace: 'n', schema: z.object({}) });
    await registry.define(Others);
    expect(registry.find('disks')).toBeUndefined();
    expect(registry.find('disks.other')).toBe(Others);
  });
});
