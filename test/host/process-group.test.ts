import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { isGroupEmpty, signalGroup } from '../../src/host/process-group.ts';

test('signalGroup() and isGroupEmpty() tell whether somebody is there', async () => {
  const child = spawn('/bin/sh', ['-c', 'echo up; exec sleep 300'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const group = child.pid ?? 0;
  await once(child.stdout, 'data');
  expect(isGroupEmpty(group)).toBe(false);
  expect(signalGroup(group, 'SIGKILL')).toBe(true);
  await once(child, 'close');
  await expect.poll(() => isGroupEmpty(group)).toBe(true);
  expect(signalGroup(group, 'SIGKILL')).toBe(false);
});
