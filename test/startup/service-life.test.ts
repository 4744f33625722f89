import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { awaitProbe } from '../../src/host/probe/probe.ts';
import { watchRun } from '../../src/startup/running-watch.ts';
import { entry, StartupStage } from './startup-stage.ts';

const says = (pattern: string, timeoutMs?: number) => ({ running: { type: 'says', pattern, timeoutMs } }) as const;

test('an entry counts as running with the first message that matches, of any level, in pieces too', async () => {
  const stage = new StartupStage();
  await stage.begin([entry('db', says('(ready|listening) on [0-9]+$')), entry('web', { after: ['db'] })]);
  await stage.advance(100_000);
  await stage.say('db', 'almost ready on\n2::listening on');
  expect(stage.status('db')).toMatchObject({ state: 'starting', why: 'it is to say "(ready|listening) on [0-9]+$"' });
  await stage.say('db', ' 5432\n');
  expect(stage.states()).toEqual({ db: 'running', web: 'starting' });
});

test('an entry that does not say it in time is told, holds no milestone up, and may still say it', async () => {
  const stage = new StartupStage();
  await stage.begin([
    entry('db', { after: ['init'], ...says('ready', 5000) }),
    entry('web'),
    entry('app', { after: ['db'] }),
  ]);
  expect(stage.status('web').state).toBe('waiting');
  await stage.advance(5000);
  expect(stage.status('db')).toMatchObject({ state: 'starting', why: 'it has not said "ready" within 5 s' });
  expect(stage.status('web').state).toBe('starting');
  expect(stage.status('app').state).toBe('waiting');
  await stage.say('db', 'ready\n');
  expect(stage.states()).toMatchObject({ db: 'running', app: 'starting' });
});

test('each run has to say it anew, and what the one before said counts for nothing', async () => {
  const stage = new StartupStage();
  await stage.begin([entry('db', { ...says('ready'), protected: true })]);
  await stage.say('db', 'ready\n');
  expect(stage.status('db').state).toBe('running');
  await stage.exit('db', { code: 1 });
  expect(stage.status('db')).toMatchObject({ state: 'restarting', why: 'run 1 ended badly' });
  await stage.advance(1000);
  expect(stage.status('db').state).toBe('starting');
  await stage.say('db', 'ready\n');
  expect(stage.status('db').state).toBe('running');
});

test('an entry that ends before it counts as running has failed, or is done', async () => {
  const stage = new StartupStage();
  await stage.begin([entry('bad', says('ready')), entry('good', says('ready')), entry('quick')]);
  await stage.exit('bad', { signal: 'SIGKILL' });
  await stage.exit('good');
  await stage.exit('quick');
  expect(stage.states()).toEqual({ bad: 'failed', good: 'done', quick: 'done' });
  expect(stage.status('bad').why).toBe('it was ended by SIGKILL');
});

test('a recurring entry is up after its first good run, and between its runs', async () => {
  const stage = new StartupStage();
  const recurring = entry('often', { running: { type: 'ended' }, command: { recurring_period: 60 } });
  await stage.begin([recurring, entry('next', { after: ['often'] })]);
  await stage.exit('often', { code: 1 });
  expect(stage.states()).toEqual({ often: 'restarting', next: 'waiting' });
  await stage.advance(60_000);
  await stage.exit('often');
  expect(stage.status('often')).toMatchObject({ state: 'running', why: 'its last run ended well' });
  expect(stage.status('often').next).toBeGreaterThan(0);
  expect(stage.status('next').state).toBe('starting');
  stage.crash();
  await stage.begin([recurring, entry('next', { after: ['often'] })]);
  expect(stage.status('often')).toMatchObject({ state: 'running', why: 'it is between two runs' });
});

test('an entry counts as running when its port accepts', async () => {
  const stage = new StartupStage();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const running = {
    type: 'answers',
    probe: { type: 'tcp', host: '127.0.0.1', port },
    intervalMs: 10,
    timeoutMs: 1000,
  } as const;
  await stage.begin([entry('db', { running })]);
  await until('it is up', () => stage.status('db').state === 'running');
  server.close();
  await once(server, 'close');
});

test('watchRun() tells that an answer takes too long, and goes on asking until it is there', async () => {
  await using directory = tempDir();
  const path = directory.at('socket');
  const late = Promise.withResolvers<string>();
  const up = Promise.withResolvers<void>();
  const rule = { type: 'answers', probe: { type: 'unix', path }, intervalMs: 10, timeoutMs: 50 } as const;
  const run = { run: 1, startedAt: systemClock.now() };
  using _watch = watchRun(rule, run, { clock: systemClock, probe: awaitProbe }, { up: up.resolve, late: late.resolve });
  expect(await late.promise).toContain(`Cannot reach "unix:${path}" within 0.05 s`);
  const server = createServer().listen(path);
  await up.promise;
  server.close();
  await once(server, 'close');
});
