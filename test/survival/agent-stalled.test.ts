import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { readOutput, sha256 } from './read-output.ts';
import { SurvivalStage } from './survival-stage.ts';

const MIB = 1024 * 1024;
/** Less than is kept of a job's output, more than anybody may hold in memory. */
const SAID_BYTES = 48 * MIB;

function memoryOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

test('jobs run at full speed while their agent is stopped, in flat memory, and whoever reads them goes on after', async () => {
  await using stage = await SurvivalStage.begin();
  const [go, said] = [stage.at('go'), stage.at('said')];
  const script = `until [ -e ${go} ]; do sleep 0.02; done; head -c ${SAID_BYTES} /dev/zero; touch ${said}; exit 5`;
  await stage.startJob('loud', script);
  const reading = readOutput(stage.client, 'loud');
  reading.catch(() => undefined);
  const { agentPid, keeperPid } = stage;
  process.kill(agentPid, 'SIGSTOP');
  try {
    const before = memoryOf(keeperPid);
    await stage.touch('go');
    await until('all was said', () => existsSync(said));
    expect(memoryOf(keeperPid) - before).toBeLessThan(32 * MIB);
  } finally {
    process.kill(agentPid, 'SIGCONT');
  }
  expect(await reading).toEqual({ bytes: SAID_BYTES, sha256: sha256(Buffer.alloc(SAID_BYTES)), missing: 0 });
  expect(await stage.result('loud')).toMatchObject({ code: 1005, output: { bytes: SAID_BYTES, dropped: 0 } });
});

test('agent and keeper have as few files open after two thousand jobs as after a hundred', async () => {
  await using stage = await SurvivalStage.begin();
  const runJobs = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 50) {
      const jobs = Array.from({ length: 50 }, () =>
        stage.client.run({ command: 'core.system', arguments: { name: 'echo', args: ['said'] } }).result(),
      );
      for (const { state } of await Promise.all(jobs)) expect(state).toBe('SUCCESS');
    }
  };
  await runJobs(100);
  const before = stage.openFiles();
  await runJobs(1900);
  await until('everything of them is closed', () => {
    const { agent, keeper } = stage.openFiles();
    return agent <= before.agent && keeper <= before.keeper;
  });
});
