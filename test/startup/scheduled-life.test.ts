import { expect, test } from 'vitest';
import type { CronSchedule } from '../../src/startup/startup-entry.ts';
import { entry, StartupStage } from './startup-stage.ts';
import type { EntryFields } from './startup-stage.ts';

const MINUTE = 60_000;

const hourly = (cron: Partial<CronSchedule> = {}, fields: EntryFields = {}) =>
  entry('backup', { cron: { pattern: '0 * * * *', timezone: 'UTC', catchUp: false, ...cron }, ...fields });

/** The clock stands at 01:46:40 when it begins. */
async function begun(...entries: Parameters<StartupStage['begin']>[0][number][]): Promise<StartupStage> {
  const stage = new StartupStage();
  await stage.begin(entries);
  return stage;
}

const times = (stage: StartupStage) => stage.stage.keeper.spawned.length;

test('a scheduled entry runs at its times, not with the agent, and is up for those after it', async () => {
  const stage = await begun(hourly(), entry('next', { after: ['backup'] }));
  expect(stage.states()).toEqual({ backup: 'scheduled', next: 'starting' });
  expect(new Date(stage.status('backup').next ?? 0).toISOString()).toBe('2001-09-09T02:00:00.000Z');
  await stage.exit('next');
  expect(times(stage)).toBe(1);
  await stage.advance(13 * MINUTE + 19_000);
  expect(times(stage)).toBe(1);
  await stage.advance(1000);
  expect(times(stage)).toBe(2);
  expect(stage.status('backup')).toMatchObject({ state: 'scheduled', why: 'a run of it is going on', runs: 1 });
  await stage.exit('backup', { code: 7 });
  expect(stage.status('backup')).toMatchObject({
    state: 'scheduled',
    why: 'its last run failed: it exited with 7',
    last: { state: 'ERROR', code: 1007 },
  });
  await stage.advance(60 * MINUTE);
  expect(times(stage)).toBe(3);
});

test('a scheduled entry never runs twice at once: the time is missed, and told', async () => {
  const stage = await begun(hourly());
  await stage.advance(14 * MINUTE);
  await stage.advance(60 * MINUTE);
  await stage.advance(60 * MINUTE);
  expect(times(stage)).toBe(1);
  expect(stage.status('backup')).toMatchObject({
    missed: 2,
    why: 'it was due while its run before was still going on',
  });
  await stage.exit('backup');
  await stage.advance(60 * MINUTE);
  expect(times(stage)).toBe(2);
});

test('a scheduled entry waits for what it comes after', async () => {
  const stage = await begun(entry('mount', { running: { type: 'ended' } }), hourly({}, { after: ['mount'] }));
  await stage.advance(120 * MINUTE);
  expect(times(stage)).toBe(1);
  await stage.exit('mount');
  expect(stage.status('backup').state).toBe('scheduled');
});

test('a scheduled entry follows the wall clock when it is set', async () => {
  const stage = await begun(hourly());
  stage.stage.clock.wallOffset += 13 * MINUTE;
  await stage.advance(MINUTE);
  expect(times(stage)).toBe(1);
});

test('start runs a scheduled entry now, stop ends it and its times', async () => {
  const stage = await begun(hourly());
  await stage.startup.start('backup');
  await stage.turns();
  expect(times(stage)).toBe(1);
  await stage.settle(stage.startup.stop('backup'));
  expect(stage.status('backup')).toMatchObject({ state: 'stopped' });
  expect(stage.stage.keeper.running).toEqual([]);
  await stage.advance(240 * MINUTE);
  expect(times(stage)).toBe(1);
});

test('a run that is going on is taken over by the next agent, and a time missed without one is not made up for', async () => {
  const stage = await begun(hourly());
  await stage.advance(14 * MINUTE);
  stage.crash();
  await stage.stage.clock.advance(120 * MINUTE);
  await stage.begin([hourly()]);
  expect(times(stage)).toBe(1);
  await stage.exit('backup');
  expect(stage.status('backup').last).toMatchObject({ state: 'SUCCESS' });
  stage.crash();
  await stage.stage.clock.advance(120 * MINUTE);
  await stage.begin([hourly()]);
  expect(times(stage)).toBe(1);
});

test('a time missed without an agent is made up for once when the entry says so', async () => {
  const stage = await begun(hourly({ catchUp: true }));
  await stage.advance(14 * MINUTE);
  await stage.exit('backup');
  stage.crash();
  await stage.stage.clock.advance(240 * MINUTE);
  await stage.begin([hourly({ catchUp: true })]);
  expect(times(stage)).toBe(2);
});
