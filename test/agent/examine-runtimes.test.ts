import { chmodSync, writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { examineRuntimes } from '../../src/agent/examine-runtimes.ts';
import { containerGround } from '../../src/oci/container-ground.ts';
import { findRuntimes, usableRuntime } from '../../src/oci/runtimes/find-runtimes.ts';
import { requires } from '../harness/requires.ts';
import { tempDir } from '../harness/temp-dir.ts';

test.runIf(requires('root', 'runc'))('`examineRuntimes()` makes a container with what works', async () => {
  const [runc] = await examineRuntimes(process.env['PATH'] ?? '');
  expect(runc).toMatchObject({ name: 'runc', version: expect.stringMatching(/^\d+\.\d+/) as string });
  expect(runc).not.toHaveProperty('trouble');
});

test('`findRuntimes()` uses none that is not there, has a grave hole, or does not work', async () => {
  await using directory = tempDir();
  const program = (name: string, script: string): void => {
    writeFileSync(directory.at(name), `#!/bin/sh\n${script}\n`);
    chmodSync(directory.at(name), 0o755);
  };
  program('runc', 'echo "runc version 1.1.0"');
  program('crun', '[ "$1" = --version ] && echo "crun version 9.0.0" && exit; echo no luck >&2; exit 1');
  const ground = { ...(await containerGround('corex-none')), cgroupParent: undefined };
  const search = { searchPath: directory.path, directory: directory.at('state'), ground };
  const findings = await findRuntimes(search);
  expect(findings).toMatchObject([
    { name: 'runc', verdict: { type: 'unsafe' }, trouble: expect.stringContaining('CVE-2024-21626') as string },
    { name: 'crun', version: '9.0.0', trouble: 'crun exited with 1' },
  ]);
  expect(usableRuntime(findings)).toBeUndefined();
});
