import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { identifyProcess } from '../../src/host/process-identity.ts';
import type { ProcessIdentity } from '../../src/protocol/run.ts';
import { commandLineOf, descendantsOf, isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { SurvivalStage } from './survival-stage.ts';

const TRUE = { command: 'core.system', arguments: { name: 'true' } };

/** What it rejects with; undefined when it resolves. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** One that leaves its session, throws its marker away, and its parentage. */
const FAMILY = 'sleep 601 & setsid sleep 602 & (sleep 603 &) ; trap "" TERM; echo began; while :; do sleep 0.1; done';

async function familyOf(pid: number): Promise<number[]> {
  return await until('the family is complete', () => {
    const family = [pid, ...descendantsOf(pid)];
    const words = family.map((member) => commandLineOf(member).join(' '));
    return ['sleep 601', 'sleep 602'].every((word) => words.includes(word)) && family;
  });
}

test('a killed keeper’s jobs are lost, never successes; what they left is gone, and another keeper takes over', async () => {
  await using stage = await SurvivalStage.begin();
  const once = await stage.startJob('once', FAMILY);
  const again = await stage.startJob('again', 'sleep 0.3; exit 0', { max_restart: 2, restart_delay: 0.1 });
  const family = [...(await familyOf(once)), again];
  // What only the keeper has heard is lost with it.
  await until('the agent has heard it', async () => ((await stage.client.jobs.get('once')).output ?? 0) > 0);
  const before = stage.keeperPid;
  await stage.killKeeper();
  // Less than a second on a machine that has time; how long it may take is not what is tested.
  await until('nobody of them is left', () => !family.some((pid) => isAlive(pid)));
  expect(await stage.result('once')).toMatchObject({
    state: 'ERROR',
    reason: 'lost',
    code: 503,
    cleanup: 'sweep',
    survivors: [],
    streams: ['began\n', expect.any(String)],
    runs: 1,
  });
  const restarted = await stage.result('again');
  expect(restarted).toMatchObject({ state: 'SUCCESS', runs: 2 });
  expect(stage.keeperPid).not.toBe(before);
});

test('jobs whose keeper and agent are killed are lost, and what they left is gone before that is told', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('once', FAMILY);
  const family = await familyOf(pid);
  await stage.startJob('again', 'sleep 0.2; exit 0', { recurring_period: 0.1 });
  await stage.killAgent();
  await stage.killKeeper();
  await stage.start();
  expect(await stage.result('once')).toMatchObject({ reason: 'lost', code: 503, cleanup: 'sweep', survivors: [] });
  expect(family.filter((member) => isAlive(member))).toEqual([]);
  const { runs } = await stage.client.jobs.get('again');
  await until('the other goes on', async () => (await stage.client.jobs.get('again')).runs > runs);
});

test('a job keeps a result it had when its keeper died', async () => {
  await using stage = await SurvivalStage.begin();
  await stage.submit({ command: 'core.system', id: 'done', arguments: { name: 'sh', args: ['-c', 'exit 3'] } });
  const result = await stage.result('done');
  await stage.killKeeper();
  await stage.killAgent();
  await stage.start();
  expect(await stage.result('done')).toEqual(result);
});

/** Writes what the agent would have kept of a live job's run. */
function note(dataDir: string, id: string, identity: ProcessIdentity): void {
  using database = new DatabaseSync(path.join(dataDir, 'corex.db'));
  const text = JSON.stringify({ version: 1, startedAt: Date.now(), identity });
  const { changes } = database
    .prepare(
      `INSERT INTO notes (job, run, note) SELECT job, run, ? FROM live JOIN jobs USING (job) WHERE id = ?
       ON CONFLICT (job) DO UPDATE SET note = excluded.note`,
    )
    .run(text, id);
  if (changes !== 1) throw new Error(`Nothing was noted of ${id}`);
}

test('a process that was given the number of a lost job’s is not touched', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('lost', 'sleep 600');
  const stranger = spawn('sleep', ['600'], { detached: true, stdio: 'ignore', env: {} });
  const exit = once(stranger, 'exit');
  const identity = await until('it runs', () => identifyProcess(stranger.pid ?? 0));
  await stage.killAgent();
  await stage.killKeeper();
  note(stage.dataDir, 'lost', { ...identity, startTime: identity.startTime - 100 });
  await stage.start();
  expect(await stage.result('lost')).toMatchObject({ reason: 'lost', cleanup: 'sweep', survivors: [] });
  expect([isAlive(pid), isAlive(identity.pid)]).toEqual([false, true]);
  stranger.kill('SIGKILL');
  await exit;
});

test('after a restart of the machine a job is lost, and nobody is signalled', async () => {
  await using stage = await SurvivalStage.begin();
  const pid = await stage.startJob('lost', 'exec sleep 600');
  const identity = await until('it runs', () => identifyProcess(pid));
  await stage.killAgent();
  await stage.killKeeper();
  note(stage.dataDir, 'lost', { ...identity, boot: 'the one before' });
  await stage.start();
  expect(await stage.result('lost')).toMatchObject({ reason: 'lost', code: 503, cleanup: 'reboot', survivors: [] });
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});

test('a keeper that does not answer: new jobs are refused with 503, known ones are told of, and all goes on after', async () => {
  await using stage = await SurvivalStage.begin();
  await stage.submit({ ...TRUE, id: 'done' });
  await stage.result('done');
  const pid = await stage.startJob('live', `until [ -e ${stage.at('go')} ]; do sleep 0.05; done; exit 4`);
  const keeper = stage.keeperPid;
  process.kill(keeper, 'SIGSTOP');
  try {
    const refused = await until('jobs are refused', async () => errorOf(stage.submit(TRUE)), { everyMs: 200 });
    expect(refused).toMatchObject({ code: 'keeper-unavailable', number: 503 });
    expect(await stage.result('done')).toMatchObject({ state: 'SUCCESS' });
    expect(await stage.client.jobs.get('live')).toMatchObject({ state: 'running', pid });
  } finally {
    process.kill(keeper, 'SIGCONT');
  }
  await until('jobs are taken again', () => stage.submit({ ...TRUE, id: 'after' }));
  expect(await stage.result('after')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  appendFileSync(stage.at('go'), '');
  expect(await stage.result('live')).toMatchObject({ code: 1004, runs: 1 });
  expect(stage.keeperPid).toBe(keeper);
});
