import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { SurvivalStage } from './survival-stage.ts';

/** Waits for a file, then says what it was given; the word between is the manifest's own. */
const manifest = (word: string): string => `
binary = "sh"
args = ["-c", 'echo began; until [ -e "$1" ]; do sleep 0.02; done; echo "$2 ${word}"; [ "$3" != fail ] || [ -e "$1.again" ]', "sh", "{file}", "{text}", "{end}"]
[parameters.file]
required = true
[parameters.text]
default = "said"
[parameters.end]
default = "well"
[defaults]
tags = ["waiting"]
max_restart = 1
restart_delay = 0.05
`;

test('jobs of an extension outlive the agent and the extension: what was stored decides what runs', async () => {
  await using stage = await SurvivalStage.begin();
  const directory = path.join(stage.dataDir, 'extensions');
  const file = path.join(directory, 'wait.toml');
  mkdirSync(directory, { mode: 0o700 });
  writeFileSync(file, manifest('first'));
  expect(await stage.client.call('extension.reload')).toMatchObject({ added: ['wait'], failed: [] });

  const command = (id: string, more: object = {}) => ({
    command: 'wait',
    id,
    arguments: { file: stage.at('go'), ...more },
  });
  await stage.submit(command('adopted', { text: 'a; b' }));
  await stage.submit(command('restarted', { end: 'fail' }));
  await stage.client.call('queue.set', { name: 'later' });
  await stage.client.queues.pause('later');
  await stage.submit({ ...command('queued'), queue: 'later' });
  const pids = [await stage.pidOf('adopted'), await stage.pidOf('restarted')];

  await stage.killAgent();
  rmSync(file);
  await stage.start();
  expect((await stage.client.agent.commands()).map(({ name }) => name)).not.toContain('wait');
  expect(pids.every((pid) => isAlive(pid))).toBe(true);
  expect(await stage.client.jobs.get('adopted')).toMatchObject({
    command: 'wait',
    state: 'running',
    runs: 1,
    pid: pids[0],
    tags: ['waiting'],
    title: expect.stringMatching(/^wait file=.* text=a; b$/) as string,
  });

  // Another extension of the same name changes nothing for jobs that were taken.
  writeFileSync(file, manifest('second'));
  expect(await stage.client.call('extension.reload')).toMatchObject({ added: ['wait'] });
  await stage.touch('go');
  expect(await stage.result('adopted')).toMatchObject({
    state: 'SUCCESS',
    streams: ['began\na; b first\n', ''],
    runs: 1,
  });
  await until('the failing one runs again', async () => (await stage.client.jobs.get('restarted')).runs === 2);
  expect(await stage.result('restarted')).toMatchObject({ code: 1001, streams: ['began\nsaid first\n', ''], runs: 2 });
  await stage.client.queues.resume('later');
  expect(await stage.result('queued')).toMatchObject({ state: 'SUCCESS', streams: ['began\nsaid first\n', ''] });
  await stage.submit(command('fresh'));
  expect(await stage.result('fresh')).toMatchObject({ state: 'SUCCESS', streams: ['began\nsaid second\n', ''] });

  // The same id and content attach, whatever the extension is by now.
  expect((await stage.client.run(command('adopted', { text: 'a; b' })).result()).streams[0]).toBe(
    'began\na; b first\n',
  );
});
