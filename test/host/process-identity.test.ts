import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { findIdentified, identifyProcess, isOfAnotherBoot } from '../../src/host/process-identity.ts';

test('a process is found by its identity while it lives, and never one of another start or boot', async () => {
  const child = spawn('/bin/sleep', ['300'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error('It is there');
  expect(findIdentified(identity)).toMatchObject({ pid: child.pid });
  expect(findIdentified({ ...identity, startTime: identity.startTime - 1 })).toBeUndefined();
  expect(findIdentified({ ...identity, boot: 'another' })).toBeUndefined();
  expect([isOfAnotherBoot(identity), isOfAnotherBoot({ ...identity, boot: 'another' })]).toEqual([false, true]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(findIdentified(identity)).toBeUndefined();
  expect(identifyProcess(identity.pid)).toBeUndefined();
});

test('a process that leads no session is no run’s main process', async () => {
  const child = spawn('/bin/sleep', ['300'], { stdio: 'ignore' });
  await once(child, 'spawn');
  expect(identifyProcess(child.pid ?? 0)).toBeUndefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
});
