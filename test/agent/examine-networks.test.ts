import { chmodSync, writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { examineNetworks } from '../../src/agent/examine-networks.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { requires } from '../harness/requires.ts';

test('`examineNetworks()` names plugins that are not there', async () => {
  await using directory = tempDir();
  writeFileSync(directory.at('bridge'), '');
  chmodSync(directory.at('bridge'), 0o755);
  writeFileSync(directory.at('portmap'), '');
  expect(await examineNetworks('/usr/bin', [directory.path])).toEqual(
    expect.arrayContaining(['loopback', 'host-local', 'portmap']),
  );
  expect(await examineNetworks('/usr/bin', [directory.path])).not.toContain('bridge');
});

test.runIf(requires('network plugins', 'iptables'))(
  '`examineNetworks()` misses nothing where all is there',
  async () => {
    expect(await examineNetworks('/usr/bin')).toEqual([]);
  },
);
