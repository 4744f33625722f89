import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { StartupRecord } from '../../src/agent/startup-record.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { tempDir } from '../harness/temp-dir.ts';

test('StartupRecord knows what an agent before it kept in the same life of the machine', async () => {
  await using directory = tempDir();
  const clock = new FakeClock();
  const first = new StartupRecord(directory.path, { clock, survives: true });
  const since = clock.now();
  expect(await first.recall()).toEqual({ isNew: true, since, ids: [] });
  await first.keep(['db', 'web']);
  expect((await stat(directory.at('startup.json'))).mode & 0o777).toBe(0o600);
  await clock.advance(1000);
  const second = new StartupRecord(directory.path, { clock, survives: true });
  expect(await second.recall()).toEqual({ isNew: false, since, ids: ['db', 'web'] });
  await second.keep(['db']);
  expect(await new StartupRecord(directory.path, { clock, survives: true }).recall()).toMatchObject({
    since,
    ids: ['db'],
  });
  await second.forget();
  expect(await new StartupRecord(directory.path, { clock, survives: true }).recall()).toMatchObject({
    isNew: true,
    ids: [],
  });
});

test('StartupRecord begins anew in another life of the machine, and where jobs end with the agent', async () => {
  await using directory = tempDir();
  const clock = new FakeClock();
  const kept = new StartupRecord(directory.path, { clock, survives: true });
  await kept.recall();
  await kept.keep(['db']);
  const recorded = JSON.parse(await readFile(directory.at('startup.json'), 'utf8')) as object;
  await writeFile(directory.at('startup.json'), JSON.stringify({ ...recorded, life: 'another' }));
  await clock.advance(5);
  const next = new StartupRecord(directory.path, { clock, survives: true });
  expect(await next.recall()).toEqual({ isNew: true, since: clock.now(), ids: ['db'] });
  await next.keep(['db']);
  expect(await new StartupRecord(directory.path, { clock, survives: false }).recall()).toMatchObject({ isNew: true });
});

test.each(['', '{', '[]', '{"life":1}', 'null'])('StartupRecord takes a file that holds %j for none', async (text) => {
  await using directory = tempDir();
  await writeFile(directory.at('startup.json'), text);
  const record = new StartupRecord(directory.path, { clock: new FakeClock(), survives: true });
  expect(await record.recall()).toMatchObject({ isNew: true, ids: [] });
});
