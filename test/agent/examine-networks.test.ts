import { chmodSync, writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { examineIsolation, examineNetworks } from '../../src/agent/examine-networks.ts';
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

test.runIf(requires('root', 'mounts', 'iptables'))(
  '`examineIsolation()` tries out whether containers are kept apart, and says why they are not',
  async () => {
    await using directory = tempDir();
    expect(await examineIsolation('/usr/bin')).toBeUndefined();
    const old = '#!/bin/sh\necho "Couldn\'t load match \\`conntrack\'" >&2; exit 2\n';
    writeFileSync(directory.at('iptables-restore'), old, { mode: 0o755 });
    expect(await examineIsolation(`${directory.path}:/usr/bin`)).toContain('load match `conntrack');
  },
);
