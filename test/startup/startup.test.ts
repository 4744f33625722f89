import { describe, expect, test } from 'vitest';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { entry, StartupStage } from './startup-stage.ts';

const ends = { running: { type: 'ended' } } as const;

describe('the order', () => {
  test('lets a dependant start 2 s after what it comes after, and those without one together', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('web', { after: ['db'] }), entry('db'), entry('other')]);
    expect(stage.started.sort()).toEqual(['db', 'other']);
    expect(stage.status('web')).toMatchObject({ state: 'waiting', waiting: ['db'] });
    await stage.advance(1999);
    expect(stage.states()).toEqual({ db: 'starting', other: 'starting', web: 'waiting' });
    await stage.advance(1);
    expect(stage.states()).toEqual({ db: 'running', other: 'running', web: 'starting' });
    expect(stage.started.at(-1)).toBe('web');
  });

  test('lets one start that comes after an end only after a good one', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('prepare', ends), entry('web', { after: ['prepare'] })]);
    await stage.advance(60_000);
    expect(stage.states()).toEqual({ prepare: 'starting', web: 'waiting' });
    await stage.exit('prepare');
    expect(stage.states()).toEqual({ prepare: 'done', web: 'starting' });
  });

  test('starts a diamond of five from its top to its bottom', async () => {
    const stage = new StartupStage();
    await stage.begin([
      entry('bottom', { after: ['left', 'right', 'middle'], ...ends }),
      entry('left', { after: ['top'], ...ends }),
      entry('right', { after: ['top'], ...ends }),
      entry('middle', { after: ['top', 'left'], ...ends }),
      entry('top', ends),
    ]);
    for (const id of ['top', 'left', 'right', 'middle', 'bottom']) {
      expect(stage.status(id).state).toBe('starting');
      await stage.exit(id);
    }
    expect(stage.started).toEqual(['top', 'left', 'right', 'middle', 'bottom']);
    expect(new Set(Object.values(stage.states()))).toEqual(new Set(['done']));
  });

  test('holds back all behind one that failed, says why, and lets them start when it runs after all', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db'), entry('web', { after: ['db'] }), entry('proxy', { after: ['web'] })]);
    await stage.exit('db', { code: 3 });
    expect(stage.startup.list().entries).toMatchObject([
      { id: 'db', state: 'failed', why: 'it exited with 3', last: { state: 'ERROR', code: 1003, reason: 'exited' } },
      { id: 'web', state: 'blocked', why: '"db" is failed', waiting: ['db'] },
      { id: 'proxy', state: 'blocked', why: '"web" is blocked' },
    ]);
    expect(stage.log.filter(({ level }) => level === 'warn').map(({ facts }) => facts['entry'])).toEqual([
      'db',
      'web',
      'proxy',
    ]);
    await stage.startup.start('db');
    await stage.turns();
    expect(stage.states()).toEqual({ db: 'starting', web: 'waiting', proxy: 'waiting' });
    await stage.advance(2000);
    await stage.advance(2000);
    expect(stage.states()).toEqual({ db: 'running', web: 'running', proxy: 'starting' });
  });

  test('does not hold the first failed run of a restartable one against those behind it', async () => {
    const stage = new StartupStage();
    await stage.begin([
      entry('db', { command: { max_restart: 3, restart_delay: 1 } }),
      entry('web', { after: ['db'] }),
    ]);
    await stage.exit('db', { code: 1 });
    expect(stage.states()).toEqual({ db: 'restarting', web: 'waiting' });
    await stage.advance(1000);
    expect(stage.states()).toEqual({ db: 'starting', web: 'waiting' });
    await stage.advance(2000);
    expect(stage.states()).toEqual({ db: 'running', web: 'starting' });
  });

  test('keeps running what came after one that ended later, and does not start what had not begun', async () => {
    const stage = new StartupStage();
    const slow = entry('slow', ends);
    await stage.begin([entry('db'), entry('web', { after: ['db'] }), slow, entry('late', { after: ['db', 'slow'] })]);
    await stage.advance(4000);
    await stage.exit('db', { signal: 'SIGSEGV' });
    await stage.exit('slow');
    expect(stage.states()).toEqual({ db: 'failed', slow: 'done', web: 'running', late: 'blocked' });
  });

  test('tells what can not be started, keeps the rest, and blocks what comes after', async () => {
    const stage = new StartupStage();
    await stage.begin([
      entry('a', { after: ['b'] }),
      entry('b', { after: ['a'] }),
      entry('behind', { after: ['a'] }),
      entry('typo', { after: ['tpyo'] }),
      entry('cond', { condition: 'and(' }),
      entry('odd', { command: { queue: 'x'.repeat(300) } }),
      entry('fine'),
    ]);
    expect(stage.states()).toMatchObject({
      a: 'invalid',
      b: 'invalid',
      behind: 'blocked',
      typo: 'invalid',
      cond: 'invalid',
      odd: 'invalid',
      fine: 'starting',
    });
    expect(stage.status('a').why).toBe('it comes after itself: a after b after a');
    expect(stage.started).toEqual(['fine']);
    const told = stage.log.filter(({ message }) => message.includes('can not be started'));
    expect(told.map(({ facts }) => facts['entry'])).toEqual(['a', 'b', 'typo', 'cond', 'odd']);
    await expect(stage.startup.start('typo')).rejects.toMatchObject({ code: 'not-able' });
  });

  test('fails an entry whose command nobody knows', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('odd', { command: { command: 'test.rnu' } }), entry('next', { after: ['odd'] })]);
    expect(stage.status('odd')).toMatchObject({
      state: 'failed',
      why: expect.stringContaining('did you mean "test.run"?'),
    });
    expect(stage.status('next').state).toBe('blocked');
  });

  test('asks again for a job that was refused only for now', async () => {
    const stage = new StartupStage();
    stage.stage.keeper.silence = 'the keeper does not answer';
    await stage.begin([entry('web')]);
    expect(stage.status('web')).toMatchObject({ state: 'restarting', why: expect.stringContaining('does not answer') });
    stage.stage.keeper.silence = undefined;
    await stage.advance(5000);
    await stage.advance(2000);
    expect(stage.states()).toEqual({ web: 'running' });
  });
});

describe('conditions', () => {
  test('skip an entry, and block what comes after it', async () => {
    const stage = new StartupStage();
    stage.environment = { PRODUCTION: '1' };
    await stage.begin([
      entry('debug', { condition: 'not(PRODUCTION)' }),
      entry('real', { condition: 'PRODUCTION', command: { arguments: { stdin: '{PRODUCTION}' } } }),
      entry('after-debug', { after: ['debug'] }),
    ]);
    expect(stage.states()).toEqual({ debug: 'skipped', real: 'starting', 'after-debug': 'blocked' });
    expect(stage.status('debug').why).toBe('its condition "not(PRODUCTION)" does not hold');
    expect(stage.stage.keeper.running[0]?.stdin.toString()).toBe('1');
  });
});

describe('milestones', () => {
  test('are reached one after the other, each when all before it were tried', async () => {
    const stage = new StartupStage();
    await stage.begin([
      entry('mount', { after: ['init'], ...ends }),
      entry('broken', { after: ['init'] }),
      entry('dhcp', { after: ['net'], ...ends }),
      entry('web'),
    ]);
    const reached = () =>
      stage.startup.list().milestones.flatMap(({ name, reached: at }) => (at === undefined ? [] : [name]));
    expect(stage.started.sort()).toEqual(['broken', 'mount']);
    expect(reached()).toEqual(['init']);
    await stage.exit('mount');
    expect(reached()).toEqual(['init']);
    await stage.exit('broken', { code: 1 });
    expect(reached()).toEqual(['init', 'net']);
    expect(stage.started.at(-1)).toBe('dhcp');
    expect(stage.status('web')).toMatchObject({ state: 'waiting', waiting: ['boot'] });
    await stage.exit('dhcp');
    expect(reached()).toEqual(['init', 'net', 'boot']);
    expect(stage.status('web').state).toBe('starting');
  });

  test('do not wait for one that fails again and again', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('loop', { after: ['init'], protected: true }), entry('web')]);
    expect(stage.status('web').state).toBe('waiting');
    await stage.exit('loop', { code: 1 });
    expect(stage.states()).toEqual({ loop: 'restarting', web: 'starting' });
  });

  test('wait for the network when an entry asks for it, and no longer than half a minute', async () => {
    const stage = new StartupStage();
    stage.hasNetwork = false;
    await stage.begin([entry('online', { after: ['net'] }), entry('early', { after: ['init'] })]);
    await stage.advance(10_000);
    expect(stage.states()).toEqual({ early: 'running', online: 'waiting' });
    stage.hasNetwork = true;
    await stage.advance(1000);
    expect(stage.status('online').state).toBe('starting');

    const alone = new StartupStage();
    alone.hasNetwork = false;
    await alone.begin([entry('online', { after: ['net'] })]);
    for (let second = 0; second < 31; second += 1) await alone.advance(1000);
    expect(alone.status('online').state).not.toBe('waiting');
  });

  test('do not wait for a network nobody asks for', async () => {
    const stage = new StartupStage();
    stage.hasNetwork = false;
    await stage.begin([entry('web')]);
    expect(stage.states()).toEqual({ web: 'starting' });
  });
});

describe('start, stop and restart', () => {
  test('stop ends an entry until it is started again', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('web', { protected: true })]);
    await stage.advance(2000);
    await stage.settle(stage.startup.stop('web'));
    expect(stage.status('web')).toMatchObject({ state: 'stopped', why: 'a caller stopped it' });
    expect(stage.stage.keeper.running).toEqual([]);
    await stage.advance(100_000);
    expect(stage.status('web').state).toBe('stopped');
    expect(await stage.startup.start('web')).toMatchObject({ state: 'starting' });
    await stage.turns();
    await stage.advance(2000);
    expect(stage.states()).toEqual({ web: 'running' });
  });

  test('stop keeps one from starting that waits', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db', ends), entry('web', { after: ['db'] })]);
    await stage.settle(stage.startup.stop('web'));
    await stage.exit('db');
    expect(stage.states()).toEqual({ db: 'done', web: 'stopped' });
  });

  test('restart ends the job and starts another', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('web')]);
    await stage.advance(2000);
    const [before] = stage.stage.keeper.running;
    expect(await stage.settle(stage.startup.restart('web'))).toMatchObject({ state: 'starting' });
    await stage.advance(2000);
    expect(stage.states()).toEqual({ web: 'running' });
    expect(stage.stage.keeper.running.map(({ key }) => key)).not.toContain(before?.key);
  });

  test('start runs one again that is done, and leaves one alone that runs', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('once', ends), entry('web')]);
    await stage.exit('once');
    await stage.startup.start('once');
    await stage.startup.start('web');
    await stage.turns();
    expect(stage.states()).toEqual({ once: 'starting', web: 'starting' });
    expect(stage.stage.keeper.running).toHaveLength(2);
  });

  test('job.kill of an entry, also of a protected one, is final until the configuration is read again', async () => {
    const stage = new StartupStage();
    const entries = [entry('web', { protected: true }), entry('stopped')];
    await stage.begin(entries);
    await stage.advance(2000);
    await stage.life.engine.killAll();
    await stage.turns();
    expect(stage.status('web').state).toBe('running');
    await stage.life.engine.kill('web');
    await stage.advance(100_000);
    expect(stage.status('web')).toMatchObject({ state: 'stopped', why: 'a caller ended its job' });
    await stage.startup.start('stopped');
    await stage.turns();
    await stage.settle(stage.startup.stop('stopped'));
    expect(await stage.apply(entries)).toEqual({ added: [], removed: [], changed: [], revived: ['web'], unchanged: 1 });
    expect(stage.states()).toEqual({ web: 'starting', stopped: 'stopped' });
  });

  test('tell who asks for one that is not there', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('web')]);
    await expect(stage.startup.stop('wbe')).rejects.toEqual(
      new AgentError('unknown-entry', 'Cannot stop the startup entry "wbe": did you mean "web"?'),
    );
  });
});

describe('reading the configuration again', () => {
  test('starts what is new, stops what is gone, restarts what runs otherwise, and touches nothing else', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('same'), entry('gone'), entry('other'), entry('rules', { after: ['same'] })]);
    await stage.advance(2000);
    await stage.advance(2000);
    const before = new Map(stage.stage.keeper.running.map(({ key }) => [key, true]));
    const changes = await stage.apply([
      entry('same'),
      entry('other', { command: { tags: ['changed'] } }),
      entry('rules', { after: ['other'], running: { type: 'ended' } }),
      entry('fresh', { after: ['other'] }),
    ]);
    expect(changes).toEqual({ added: ['fresh'], removed: ['gone'], changed: ['other'], revived: [], unchanged: 2 });
    expect(stage.states()).toEqual({ same: 'running', other: 'starting', rules: 'running', fresh: 'waiting' });
    const still = stage.stage.keeper.running.filter(({ key }) => before.has(key));
    expect(still).toHaveLength(2);
    await stage.advance(2000);
    expect(stage.states()).toEqual({ same: 'running', other: 'running', rules: 'running', fresh: 'starting' });
  });

  test('stops what is gone in reverse order', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db'), entry('web', { after: ['db'] }), entry('proxy', { after: ['web'] })]);
    for (let step = 0; step < 3; step += 1) await stage.advance(2000);
    const ended: string[] = [];
    for (const id of ['db', 'web', 'proxy']) void (await stage.life.engine.view(id)).result.then(() => ended.push(id));
    await stage.apply([]);
    expect(ended).toEqual(['proxy', 'web', 'db']);
  });

  test('leaves a running entry as it was that became invalid, or whose file can not be read, and tells', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('web'), entry('extra', { source: 'd/extra.toml' })]);
    await stage.advance(2000);
    const changes = await stage.apply(
      [entry('web', { after: ['nothing'] })],
      [{ source: 'd/extra.toml', message: 'It is damaged', isUnreadable: true }],
    );
    expect(changes).toMatchObject({ removed: [], changed: [], unchanged: 2 });
    expect(stage.states()).toEqual({ web: 'running', extra: 'running' });
    expect(stage.startup.list().problems).toEqual([
      { source: 'd/extra.toml', message: 'It is damaged' },
      {
        id: 'web',
        source: 'test.toml',
        message: expect.stringContaining('"startup.web" stays as it was: it comes after "nothing"'),
      },
    ]);
  });

  test('stops what came after an entry that is gone, and starts it again when that is back', async () => {
    const stage = new StartupStage();
    const web = entry('web', { after: ['db'] });
    await stage.begin([entry('db'), web]);
    for (let step = 0; step < 2; step += 1) await stage.advance(2000);
    const ended: string[] = [];
    for (const id of ['db', 'web']) void (await stage.life.engine.view(id)).result.then(() => ended.push(id));
    expect(await stage.apply([web])).toMatchObject({ removed: ['db', 'web'] });
    expect(ended).toEqual(['web', 'db']);
    expect(stage.states()).toEqual({ web: 'invalid' });
    expect(stage.startup.list().problems).toEqual([]);
    await stage.apply([entry('db'), web]);
    for (let step = 0; step < 2; step += 1) await stage.advance(2000);
    expect(stage.states()).toEqual({ db: 'running', web: 'running' });
  });

  test('changes nothing once it has ended', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db')]);
    await stage.startup.end({ ordered: false, withinMs: 0 });
    expect(await stage.apply([])).toMatchObject({ removed: [], unchanged: 0 });
    expect(stage.stage.keeper.running).toHaveLength(1);
  });
});

describe('agents that follow each other', () => {
  test('take running jobs over, start nothing twice, and go on where the one before was', async () => {
    const stage = new StartupStage();
    const entries = [
      entry('migrate', { after: ['init'], ...ends }),
      entry('db', { after: ['migrate'] }),
      entry('web', { after: ['db'] }),
    ];
    await stage.begin(entries);
    await stage.exit('migrate');
    await stage.advance(1000);
    expect(stage.started).toEqual(['migrate', 'db']);
    stage.crash();
    await stage.begin(entries);
    expect(stage.states()).toEqual({ migrate: 'done', db: 'starting', web: 'waiting' });
    await stage.advance(1000);
    expect(stage.states()).toEqual({ migrate: 'done', db: 'running', web: 'starting' });
    expect(stage.started).toEqual(['migrate', 'db', 'web']);
  });

  test('hear of what an adopted run says and of its restarts', async () => {
    const stage = new StartupStage();
    const says = { running: { type: 'says', pattern: 'ready on [0-9]+', timeoutMs: undefined } } as const;
    const entries = [entry('db', { ...says, command: { max_restart: 1 } }), entry('web', { after: ['db'], ...says })];
    await stage.begin(entries);
    await stage.say('db', 'ready on 5432\n');
    expect(stage.states()).toEqual({ db: 'running', web: 'starting' });
    stage.crash();
    await stage.begin(entries);
    expect(stage.states()).toEqual({ db: 'running', web: 'starting' });
    await stage.say('web', 'ready on 80\n');
    expect(stage.status('web').state).toBe('running');
    await stage.exit('db', { code: 1 });
    expect(stage.status('db').state).toBe('restarting');
    await stage.advance(1000);
    expect(stage.status('db').state).toBe('starting');
    await stage.say('db', 'ready on 5432\n');
    expect(stage.status('db').state).toBe('running');
  });

  test('start anew, in order, what ran before the machine was started again', async () => {
    const stage = new StartupStage();
    const entries = [
      entry('once', { after: ['init'], ...ends }),
      entry('db', { after: ['once'], protected: true }),
      entry('web', { after: ['db'], command: { max_restart: 5 } }),
    ];
    await stage.begin(entries);
    await stage.exit('once');
    await stage.advance(2000);
    await stage.advance(2000);
    expect(stage.states()).toEqual({ once: 'done', db: 'running', web: 'running' });
    stage.crash();
    stage.stage.keeper.die();
    stage.isNewLife = true;
    await stage.begin(entries);
    expect(stage.states()).toEqual({ once: 'starting', db: 'waiting', web: 'waiting' });
    await stage.exit('once');
    await stage.advance(2000);
    expect(stage.states()).toEqual({ once: 'done', db: 'running', web: 'starting' });
  });

  test('end what is not wanted any more or runs otherwise, and nothing that is none of theirs', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('gone'), entry('changed'), entry('same')]);
    await stage.life.start({ id: 'strange', tags: ['startup'] });
    await stage.life.start({ id: 'mine' });
    stage.crash();
    await stage.begin([entry('changed', { command: { max_time: 100 } }), entry('same'), entry('mine')]);
    await stage.advance(2000);
    expect(stage.states()).toEqual({ changed: 'running', same: 'running', mine: 'failed' });
    expect(stage.status('mine').why).toBe('a job "mine" that is none of the startup\'s is live');
    const live = stage.life.engine.list().map(({ id }) => id);
    expect(live.sort()).toEqual(['changed', 'mine', 'same', 'strange']);
  });
});

describe('the end of the agent', () => {
  test('leaves what runs to the next agent', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db'), entry('web', { after: ['db'] })]);
    await stage.startup.end({ ordered: false, withinMs: 1000 });
    await stage.advance(10_000);
    expect(stage.stage.keeper.running).toHaveLength(1);
    expect(stage.kept).toBeDefined();
  });

  test('stops all in reverse order when it is to, and the next agent begins anew', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('db'), entry('web', { after: ['db'] }), entry('proxy', { after: ['web'] })]);
    for (let step = 0; step < 3; step += 1) await stage.advance(2000);
    const ended: string[] = [];
    for (const id of ['db', 'web', 'proxy']) void (await stage.life.engine.view(id)).result.then(() => ended.push(id));
    await stage.settle(stage.startup.end({ ordered: true, withinMs: 10_000 }));
    expect(ended).toEqual(['proxy', 'web', 'db']);
    expect(stage.kept).toBeUndefined();
  });

  test('does not wait longer than it may', async () => {
    const stage = new StartupStage();
    await stage.begin([entry('deaf', { command: { kill_grace: 100 } })]);
    stage.stage.keeper.ignoresTerm = true;
    const ending = stage.startup.end({ ordered: true, withinMs: 5000 });
    await stage.turns();
    await stage.advance(5000);
    await stage.settle(ending);
    expect(stage.stage.keeper.running).toHaveLength(1);
  });
});
