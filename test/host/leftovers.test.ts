import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { systemClock } from '../../src/base/clock.ts';
import { Leftovers } from '../../src/host/leftovers.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import type { ProcessIdentity } from '../../src/protocol/run.ts';
import { childrenOf, commandLineOf } from '../harness/processes.ts';
import { until } from '../harness/until.ts';

const CLEAN = { cleanup: 'sweep', survivors: [] };

/** A process that leads its session, as runs do, running once this resolves. */
async function start(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<ChildProcess & { pid: number }> {
  const child = spawn(program, args, { detached: true, stdio: 'ignore', env }) as ChildProcess & { pid: number };
  const [own] = commandLineOf(process.pid);
  // It may have become another program by now.
  await until('the program runs', () => ![undefined, own].includes(commandLineOf(child.pid)[0]));
  return child;
}

function identityOf(pid: number): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error('It is there');
  return identity;
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

test('ends what carries the marker of a run, and nothing else', async () => {
  const one = await start('/bin/sleep', ['300'], { COREX_RUN: 'lost.1' });
  const other = await start('/bin/sleep', ['300'], { COREX_RUN: 'lost.11' });
  const exit = once(one, 'exit');
  expect(await new Leftovers(systemClock).kill('lost.1')).toEqual(CLEAN);
  await exit;
  expect(other.signalCode).toBeNull();
  await end(other);
});

test('ends a run that threw its marker away, with all its session, where its main process is known', async () => {
  const script = 'env -i /bin/sleep 301 & exec env -i /bin/sleep 302';
  const main = await start('/bin/sh', ['-c', script], { COREX_RUN: 'lost.2' });
  const [child] = await until('both run', () => {
    const found = childrenOf(main.pid).filter((pid) => commandLineOf(pid)[1] === '301');
    return found.length > 0 && commandLineOf(main.pid)[1] === '302' && found;
  });
  const exit = once(main, 'exit');
  expect(await new Leftovers(systemClock).kill('lost.2', identityOf(main.pid))).toEqual(CLEAN);
  await exit;
  await until('its child is gone', () => commandLineOf(child ?? 0).length === 0);
});

test('signals nobody for a number that was given to another process', async () => {
  const stranger = await start('/bin/sleep', ['300'], {});
  const identity = identityOf(stranger.pid);
  const earlier = { ...identity, startTime: identity.startTime - 1 };
  expect(await new Leftovers(systemClock).kill('lost.3', earlier)).toEqual(CLEAN);
  expect(stranger.signalCode).toBeNull();
  await end(stranger);
});

test('signals nobody when the machine was started again since, whatever carries the number or the marker', async () => {
  const stranger = await start('/bin/sleep', ['300'], { COREX_RUN: 'lost.4' });
  const before = { ...identityOf(stranger.pid), boot: 'the boot before' };
  expect(await new Leftovers(systemClock).kill('lost.4', before)).toEqual({ cleanup: 'reboot', survivors: [] });
  expect(stranger.signalCode).toBeNull();
  await end(stranger);
});
