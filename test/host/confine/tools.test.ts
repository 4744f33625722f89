import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { findConfineTools } from '../../../src/host/confine/tools.ts';
import { tempDir } from '../../harness/temp-dir.ts';

test('findConfineTools() finds the first executable of each name, and leaves out what is not there', async () => {
  await using directory = tempDir();
  for (const [folder, name, mode] of [
    ['one', 'sh', 0o755],
    ['two', 'sh', 0o755],
    ['one', 'nice', 0o644],
    ['two', 'nice', 0o755],
  ] as const) {
    mkdirSync(directory.at(folder), { recursive: true });
    writeFileSync(directory.at(folder, name), '');
    chmodSync(directory.at(folder, name), mode);
  }
  expect(await findConfineTools([directory.at('none'), directory.at('one'), directory.at('two')])).toEqual({
    sh: directory.at('one', 'sh'),
    nice: directory.at('two', 'nice'),
  });
});
