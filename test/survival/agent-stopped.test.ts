import { expect, test } from 'vitest';
import { corex } from '../cli/corex.ts';
import { isAlive } from '../harness/processes.ts';
import { SurvivalStage } from './survival-stage.ts';

test('`corex stop` leaves running jobs running, tells which, and the next agent takes them over', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('long', 'exec sleep 600');
  const stopped = await corex(['stop', '--json', '--data-dir', stage.dataDir]);
  expect(stopped.code).toBe(0);
  expect(JSON.parse(stopped.stdout.toString())).toEqual({ stopped: true, left: ['long'], count: 1 });
  await stage.agentDied();
  expect(isAlive(pid)).toBe(true);
  await stage.start();
  expect(await stage.client.jobs.get('long')).toMatchObject({ state: 'running', pid, runs: 1 });
  const again = await corex(['stop', '--data-dir', stage.dataDir]);
  expect(again.stderr).toContain('1 job goes on without the agent, the next one takes over: long');
  await stage.start();
});

test('`corex stop --drain` ends running jobs first, and their keeper goes with the agent', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('long', 'exec sleep 600');
  const stopped = await corex(['stop', '--drain', '--json', '--data-dir', stage.dataDir]);
  expect(JSON.parse(stopped.stdout.toString())).toEqual({ stopped: true, left: [], count: 0 });
  expect(isAlive(pid)).toBe(false);
  await stage.start();
  expect(await stage.result('long')).toMatchObject({ state: 'KILLED', exit: { signal: 'SIGTERM' }, runs: 1 });
});

test('a second agent on the directory of a live one is refused by its pid, and harms nothing', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('long', 'exec sleep 600');
  const second = await corex(['start', '--data-dir', stage.dataDir, '--listen', `unix:${stage.at('s2')}`]);
  expect(second.code).toBe(1);
  expect(second.stderr).toContain(`pid ${stage.agentPid}`);
  expect(await stage.client.jobs.get('long')).toMatchObject({ state: 'running', pid });
});
