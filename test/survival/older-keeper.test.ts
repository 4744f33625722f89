import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../harness/processes.ts';
import { tempDir } from '../harness/temp-dir.ts';
import { until } from '../harness/until.ts';
import { SurvivalStage } from './survival-stage.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** This program with an earlier version's number. */
function earlierVersion(directory: string): string {
  mkdirSync(directory);
  for (const name of ['bin', 'dist']) cpSync(path.join(ROOT, name), path.join(directory, name), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(directory, 'node_modules'));
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as object;
  writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ ...manifest, version: '0.0.1' }));
  return path.join(directory, 'bin/corex.js');
}

test('an agent takes over the keeper of an earlier version with its jobs, and replaces it when it has none', async () => {
  await using place = tempDir();
  const executable = earlierVersion(place.at('earlier'));
  await using stage = await SurvivalStage.begin({ executable });
  expect(stage.client.hello?.version).toBe('0.0.1');
  const pid = await stage.startJob('old', `until [ -e ${stage.at('go')} ]; do sleep 0.02; done; echo over; exit 9`);
  const keeper = stage.keeperPid;
  await stage.killAgent();
  stage.executable = undefined;
  await stage.start();
  await until('the new agent is heard', () => stage.client.hello?.version !== '0.0.1');
  expect(await stage.client.jobs.get('old')).toMatchObject({ state: 'running', pid, runs: 1 });
  expect(stage.keeperPid).toBe(keeper);
  await stage.submit({ command: 'core.system', id: 'new', arguments: { name: 'true' } });
  expect(await stage.result('new')).toMatchObject({ state: 'SUCCESS' });
  await stage.touch('go');
  expect(await stage.result('old')).toMatchObject({ code: 1009, streams: ['over\n', ''], runs: 1 });
  await stage.end();
  await stage.start();
  await stage.submit({ command: 'core.system', id: 'newer', arguments: { name: 'true' } });
  expect(await stage.result('newer')).toMatchObject({ state: 'SUCCESS' });
  expect(stage.keeperPid).not.toBe(keeper);
  await until('the old keeper has ended', () => !isAlive(keeper));
});
