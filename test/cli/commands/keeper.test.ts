import { expect, test } from 'vitest';

import { isAlive } from '../../harness/processes.ts';
import { tempDir } from '../../harness/temp-dir.ts';
import { until } from '../../harness/until.ts';
import { within } from '../../harness/within.ts';
import { answering, corex, finished, startCorex } from '../corex.ts';

test('a keeper that was started by itself outlives its agents, which find it, and ends when it is told to', async () => {
  await using directory = tempDir();
  const place = ['--data-dir', directory.at('data')];
  const env = { COREX_DATA_DIR: directory.at('data'), COREX_LAUNCHER: 'running-keeper' };
  const run = (...args: string[]) => corex(args, { env });

  const alone = await corex(['start', ...place, '--listen', `unix:${directory.at('s')}`], { env });
  expect(alone).toMatchObject({ code: 1, stderr: expect.stringMatching(/No keeper of ".*" runs/) });

  const keeper = startCorex(['keeper', ...place]);
  let said = '';
  keeper.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const keeperEnd = finished(keeper);
  await until('it listens', () => said.includes('listening at'));
  expect(await corex(['keeper', ...place])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Another keeper listens'),
  });

  for (const round of [1, 2]) {
    const agent = startCorex(['start', ...place, '--listen', `unix:${directory.at('s')}`], { env });
    const agentEnd = finished(agent);
    await answering(directory.at('data'));
    expect(JSON.parse((await run('run', '--json', '--command', 'core.state')).stdout.toString()).data).toContain(
      `"pid":${String(keeper.pid)}`,
    );
    if (round === 1) await run('run', '-d', '--id', 'j', '--', 'sleep', '600');
    const jobs = async () =>
      JSON.parse((await run('ps', '--json')).stdout.toString()).jobs as { state: string; pid: number }[];
    await until('the job runs', async () => (await jobs()).some(({ state }) => state === 'running'));
    const [job] = await jobs();
    expect(job).toMatchObject({ id: 'j', state: 'running' });
    if (round === 2) await run('kill', 'j');
    await run('stop');
    await agentEnd;
    expect(isAlive(job?.pid ?? 0)).toBe(round === 1);
    expect(keeper.exitCode).toBeNull();
  }
  keeper.kill('SIGTERM');
  expect(await within(20_000, 'the end', keeperEnd)).toMatchObject({ code: 0 });
});
