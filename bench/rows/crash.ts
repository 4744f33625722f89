import type { ResultFrame } from '../../src/protocol/frames.ts';
import { BenchAgent } from '../agent/bench-agent.ts';
import { submitAll } from '../agent/submit-all.ts';
import type { Row, Sample } from '../row.ts';
import type { Stage } from '../stage.ts';

const JOBS = 1000;
const EXIT_CODE = 7;
/** How long the jobs run: all must have been started, and another agent too, while they do. */
const JOB_SECONDS = 12;

/** The agent is killed while its jobs run, and started again. */
export const crash: Row = {
  name: 'crash',
  does: `Starts ${JOBS} jobs, one in ten of which says something each second, ends the agent with \`kill -9\`, starts it again on the same directory, waits for the jobs and looks at exit codes and output.`,
  warmUp: false,
  figures: [
    {
      key: 'seconds',
      name: 'kill -9 with 1,000 jobs: from start to the first answer',
      unit: 's',
      target: { of: 'value', atMost: 2 },
    },
    {
      key: 'adopted',
      name: 'the same: jobs taken over',
      unit: '%',
      isCount: true,
      target: { of: 'value', atLeast: 100 },
    },
    {
      key: 'true',
      name: 'the same: output complete and exit code true',
      unit: '%',
      isCount: true,
      target: { of: 'value', atLeast: 100 },
    },
    { key: 'lost', name: 'the same: told to be lost', unit: '%', isCount: true },
  ],
  note: 'An agent without a keeper has its jobs as its own children: they end with it, and it says so.',
  async open(stage) {
    return { ours: async () => measure(stage), [Symbol.asyncDispose]: async () => {} };
  },
};

async function measure(stage: Stage): Promise<Sample> {
  const count = stage.sized(JOBS, 50);
  const seconds = stage.sized(JOB_SECONDS, 3);
  const first = await BenchAgent.start(stage);
  {
    using connection = await first.connect();
    await submitAll(first, connection, count, (n) => jobOf(n, seconds, stage.root));
    await first.end('SIGKILL');
  }
  await using agent = await BenchAgent.start(stage, { dataDir: first.dataDir });
  const began = performance.now();
  const state = (await agent.call('core.state')) as {
    readonly jobs: { readonly by_state: Readonly<Record<string, number>> };
  };
  const answeredInMs = agent.startedInMs + performance.now() - began;
  const results = await resultsOf(agent, count);
  const share = (isSo: (result: ResultFrame, n: number) => boolean): number =>
    (results.filter(isSo).length / count) * 100;
  return {
    seconds: answeredInMs / 1000,
    adopted: ((state.jobs.by_state['running'] ?? 0) / count) * 100,
    true: share(
      ({ exit, streams }, n) =>
        exit !== undefined && 'code' in exit && exit.code === EXIT_CODE && streams[0] === outputOf(n, seconds),
    ),
    lost: share(({ reason }) => reason === 'lost'),
  };
}

/** Talks all the time it runs, so that some is said while no agent is there. */
function isTalkative(n: number): boolean {
  return n % 10 === 0;
}

function jobOf(n: number, seconds: number, dir: string): object {
  const talk = `i=0; while [ $i -lt ${seconds} ]; do sleep 1; i=$((i+1)); echo $i; done`;
  const script = `echo begin; ${isTalkative(n) ? talk : `sleep ${seconds}`}; echo end; exit ${EXIT_CODE}`;
  return { id: `job-${n}`, command: 'core.system', arguments: { name: 'sh', args: ['-c', script], dir } };
}

function outputOf(n: number, seconds: number): string {
  const said = isTalkative(n) ? Array.from({ length: seconds }, (_, i) => `${i + 1}\n`).join('') : '';
  return `begin\n${said}end\n`;
}

async function resultsOf(agent: BenchAgent, count: number): Promise<ResultFrame[]> {
  const answers = Array.from({ length: count }, (_, n) => n);
  const results: ResultFrame[] = [];
  while (answers.length > 0) {
    const some = answers.splice(0, 100);
    const got = some.map(async (n) => (await agent.call('job.wait', { id: `job-${n}` })) as ResultFrame);
    results.push(...(await Promise.all(got)));
  }
  return results;
}
