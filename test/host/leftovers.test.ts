import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { Leftovers } from '../../src/host/leftovers.ts';

test('Leftovers.kill() ends what carries the marker of a run, and nothing else', async () => {
  const children = ['lost.1', 'lost.11'].map((key) =>
    spawn('/bin/sleep', ['300'], { detached: true, stdio: 'ignore', env: { COREX_RUN: key } }),
  );
  const [one, other] = children;
  const exits = children.map((child) => once(child, 'exit'));
  await Promise.all(children.map((child) => once(child, 'spawn')));
  await expect
    .poll(async () => {
      expect(await new Leftovers(systemClock).kill('lost.1')).toEqual([]);
      return one?.signalCode;
    })
    .toBe('SIGKILL');
  expect(other?.signalCode).toBeNull();
  expect(await new Leftovers(systemClock).kill('lost.11')).toEqual([]);
  await Promise.all(exits);
});
