import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { WireCommand } from '../../src/protocol/command.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { readOutput, sha256 } from './read-output.ts';
import { SurvivalStage } from './survival-stage.ts';

const JOBS = 100;
const CHATTY = 8;
const RESTARTS = 6;
/** What a chatty job says, in pieces of a tenth of a second: 1 MB/s. */
const PIECE_BYTES = 100_000;
const PIECES = 60;

test(
  '100 jobs, some at 1 MB/s, live through six kills of their agent: none ends, and every byte is read exactly once',
  { timeout: 90_000 },
  async () => {
    await using stage = await SurvivalStage.begin();
    const data = randomBytes(PIECE_BYTES * PIECES);
    writeFileSync(stage.at('data-to-say'), data);
    const say = `i=0; while [ $i -lt ${PIECES} ]; do dd if=${stage.at('data-to-say')} bs=${PIECE_BYTES} skip=$i count=1 2>/dev/null; i=$((i+1)); sleep 0.1; done`;
    const commandOf = (n: number): WireCommand => ({
      command: 'core.system',
      id: `job-${n}`,
      arguments: n < CHATTY ? { name: 'sh', args: ['-c', say] } : { name: 'sleep', args: ['600'] },
    });
    const ids = await Promise.all(Array.from({ length: JOBS }, (_, n) => stage.submit(commandOf(n))));
    const chatty = ids.slice(0, CHATTY);
    const idle = ids.slice(CHATTY);
    await until('all of them run', async () => (await stage.client.jobs.list({ states: ['running'] })).length === JOBS);
    const pids = new Map((await stage.client.jobs.list()).map(({ id, pid }) => [id, pid]));
    const readings = Promise.all(chatty.map((id) => readOutput(stage.client, id)));
    readings.catch(() => undefined);
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      await stage.restart();
      // All are known as soon as commands are taken.
      const live = await stage.client.jobs.list();
      expect(live.map(({ id, pid, runs }) => [id, pid, runs])).toEqual(live.map(({ id }) => [id, pids.get(id), 1]));
      expect(live.map(({ id }) => id)).toEqual(expect.arrayContaining(idle));
    }
    const whole = { bytes: data.length, sha256: sha256(data), missing: 0 };
    expect(await readings).toEqual(chatty.map(() => whole));
    const results = await Promise.all(chatty.map((id) => stage.result(id)));
    expect(results.map(({ state, runs, output }) => [state, runs, output])).toEqual(
      chatty.map(() => ['SUCCESS', 1, { bytes: data.length, dropped: 0 }]),
    );
    // What is in the log is the same as what was read while it came.
    expect(await readOutput(stage.client, chatty[0] ?? '')).toEqual(whole);
    expect(idle.every((id) => isAlive(pids.get(id) ?? 0))).toBe(true);
  },
);

test('jobs that end while no agent is there have their true endings: each exit code, each signal, a handled TERM', async () => {
  await using stage = await SurvivalStage.begin();
  const go = stage.at('go');
  const endings = {
    'exit-0': 'exit 0',
    'exit-1': 'exit 1',
    'exit-42': 'exit 42',
    'exit-255': 'exit 255',
    killed: 'kill -KILL $$',
    crashed: 'kill -SEGV $$',
  };
  const wait = `echo began; until [ -e ${go} ]; do sleep 0.02; done`;
  const pids: number[] = [];
  for (const [id, end] of Object.entries(endings)) pids.push(await stage.startJob(id, `${wait}; echo over; ${end}`));
  const handler = `trap 'echo handled; exit 7' TERM`;
  pids.push(await stage.startJob('handled', `${handler}; ${wait}; kill -TERM $$; sleep 60`));
  await stage.killAgent();
  writeFileSync(go, '');
  await until('all of them have ended', () => pids.every((pid) => !isAlive(pid)));
  await stage.start();
  const results = await Promise.all([...Object.keys(endings), 'handled'].map((id) => stage.result(id)));
  expect(
    results.map(({ id, reason, code, exit, streams, runs }) => [id, reason, code, exit, streams[0], runs]),
  ).toEqual([
    ['exit-0', 'exited', 0, { code: 0 }, 'began\nover\n', 1],
    ['exit-1', 'exited', 1001, { code: 1 }, 'began\nover\n', 1],
    ['exit-42', 'exited', 1042, { code: 42 }, 'began\nover\n', 1],
    ['exit-255', 'exited', 1255, { code: 255 }, 'began\nover\n', 1],
    ['killed', 'signaled', 1137, { signal: 'SIGKILL' }, 'began\nover\n', 1],
    ['crashed', 'signaled', 1139, { signal: 'SIGSEGV' }, 'began\nover\n', 1],
    ['handled', 'exited', 1007, { code: 7 }, 'began\nhandled\n', 1],
  ]);
  // Told once: who asks again gets the same.
  expect(await Promise.all(results.map(({ id }) => stage.client.job(id).result()))).toEqual(results);
});

test('deadlines hold while no agent is there, up to the kill of what ignores them', async () => {
  await using stage = await SurvivalStage.begin();
  const pids = [
    await stage.startJob('obeys', 'sleep 600', { max_time: 1 }),
    await stage.startJob('ignores', `trap '' TERM; while :; do sleep 0.05; done`, { max_time: 1, kill_grace: 0.5 }),
  ];
  await stage.killAgent();
  await until('both are gone', () => pids.every((pid) => !isAlive(pid)));
  await stage.start();
  expect(await stage.result('obeys')).toMatchObject({ state: 'TIMEOUT', code: 1143, exit: { signal: 'SIGTERM' } });
  expect(await stage.result('ignores')).toMatchObject({ state: 'TIMEOUT', code: 1137, exit: { signal: 'SIGKILL' } });
});

test('a kill goes on to its end when the agent dies in between', async () => {
  await using stage = await SurvivalStage.begin();
  const script = `trap 'echo asked' TERM; while :; do sleep 0.05; done`;
  const pid = await stage.startJob('stubborn', script, { kill_grace: 1, max_restart: 3 });
  await stage.client.job('stubborn').kill();
  await stage.killAgent();
  await until('it is gone', () => !isAlive(pid));
  await stage.start();
  expect(await stage.result('stubborn')).toMatchObject({
    state: 'KILLED',
    reason: 'killed',
    exit: { signal: 'SIGKILL' },
    runs: 1,
    streams: ['asked\n', expect.any(String)],
  });
});

test('what is to run again, or waits its turn, waits for the next agent', async () => {
  await using stage = await SurvivalStage.begin();
  const [ticks, over, second] = [stage.at('ticks'), stage.at('over'), stage.at('second')];
  const count = (): number => (existsSync(ticks) ? readFileSync(ticks).length : 0);
  await stage.submit({
    command: 'core.system',
    id: 'recurring',
    arguments: { name: 'sh', args: ['-c', `printf x >> ${ticks}`] },
    recurring_period: 0.1,
  });
  await stage.startJob('first', `sleep 1.5; touch ${over}`, { queue: 'line' });
  await stage.submit({
    command: 'core.system',
    id: 'second',
    queue: 'line',
    arguments: { name: 'touch', args: [second] },
  });
  await until('it recurs', () => count() >= 3);
  await stage.killAgent();
  const before = count();
  await until('the first has ended', () => existsSync(over));
  expect(count() - before).toBeLessThanOrEqual(1);
  expect(existsSync(second)).toBe(false);
  await stage.start();
  const since = count();
  await until('it recurs again', () => count() > since);
  expect(await stage.result('first')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(await stage.result('second')).toMatchObject({ state: 'SUCCESS', runs: 1 });
  expect(existsSync(second)).toBe(true);
});
