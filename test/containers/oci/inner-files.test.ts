import { readFileSync, statSync } from 'node:fs';

import { expect, test } from 'vitest';

import { innerFiles } from '../../../src/containers/oci/inner-files.ts';
import { tempDir } from '../../harness/temp-dir.ts';

test('a container in a network is told its address, and no resolver that only the machine reaches', async () => {
  await using directory = tempDir();
  const mounts = await innerFiles(directory.at('c1'), { name: 'web_1' }, '10.120.0.2');
  expect(mounts.map(({ destination }) => destination)).toEqual(['/etc/resolv.conf', '/etc/hosts']);
  expect(readFileSync(directory.at('c1', 'hosts'), 'utf8')).toBe(
    '127.0.0.1 localhost\n::1 localhost\n10.120.0.2 web-1\n',
  );
  expect(readFileSync(directory.at('c1', 'resolv.conf'), 'utf8')).not.toMatch(/nameserver\s+127\./);
  // Whoever the container's users are outside reads them.
  for (const { source } of mounts) expect(statSync(source).mode & 0o777).toBe(0o644);
});

test('a container in the machine’s own network has the machine’s resolvers and names, and its own', async () => {
  await using directory = tempDir();
  await innerFiles(directory.at('c1'), { name: 'web', hostname: 'other' }, undefined);
  expect(readFileSync(directory.at('c1', 'resolv.conf'), 'utf8')).toBe(readFileSync('/etc/resolv.conf', 'utf8'));
  const hosts = readFileSync('/etc/hosts', 'utf8').trimEnd();
  expect(readFileSync(directory.at('c1', 'hosts'), 'utf8')).toBe(`${hosts}\n127.0.0.1 other\n`);
});
