import { existsSync, readFileSync } from 'node:fs';
import { childrenOf, describeProcess } from '../../test/harness/processes.ts';
import { until } from '../../test/harness/until.ts';
import type { AgentUnderTest } from './agent-under-test.ts';
import type { Findings } from './findings.ts';
import type { WellBehaved } from './well-behaved.ts';

const SETTLE_MS = 30_000;

/** pidusage keeps the file of a process it measured open for up to 90 s. */
const MEASURED = /^\d+ -> \/proc\/\d+\/stat$/;

/** Ends all jobs and looks whether the agent is as it was: no job, no child, no subscription, no file left open. */
export async function expectQuiet(
  agent: AgentUnderTest,
  wellBehaved: WellBehaved,
  filesAtStart: readonly string[],
  findings: Findings,
): Promise<void> {
  const check = async (what: string, look: () => Promise<boolean> | boolean, tell: () => unknown): Promise<void> => {
    await until(what, look, { withinMs: SETTLE_MS, everyMs: 50 }).catch(() => {
      findings.add(`At the end it is not true that ${what}`, JSON.stringify(tell()));
    });
  };
  let jobs: unknown;
  const hasNoJob = async (): Promise<boolean> => {
    await wellBehaved.tidy();
    jobs = await wellBehaved.call('job.list');
    return Array.isArray(jobs) && jobs.length === 0;
  };
  await check('all jobs are ended', hasNoJob, () => jobs);
  await wellBehaved.results();
  const children = (): number[] => childrenOfJobs(agent);
  await check(
    'no child is left',
    () => children().length === 0,
    () => children().map((pid) => describeProcess(pid)),
  );
  await wellBehaved.client.leave(true);
  let gauges: Record<string, number> = {};
  const isFree = async (): Promise<boolean> => {
    gauges = await readGauges(agent);
    return Object.values(gauges).every((value) => value === 0);
  };
  await check('connections, subscriptions and inputs are let go', isFree, () => gauges);
  const openFiles = (): string[] => agent.openFiles.filter((file) => !MEASURED.test(file));
  const isClosed = (): boolean => openFiles().length <= filesAtStart.length;
  await check('files are closed', isClosed, () => openFiles().filter((file) => !filesAtStart.includes(file)));
}

/** Processes of jobs: children of the keeper, where there is one, else of the agent. */
export function childrenOfJobs(agent: AgentUnderTest): number[] {
  const file = agent.directory.at('data/keeper.pid');
  const keeper = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  return [...childrenOf(agent.pid), ...(keeper === undefined ? [] : childrenOf(keeper))].filter(
    (pid) => pid !== keeper,
  );
}

/** Stops the agent and looks whether it ends cleanly and leaves nothing. */
export async function expectCleanStop(agent: AgentUnderTest, findings: Findings): Promise<void> {
  agent.child.kill('SIGTERM');
  await until('the agent has ended', () => agent.end !== undefined, { withinMs: SETTLE_MS }).catch(() => undefined);
  if (agent.end?.code !== 0) findings.add('The agent did not end well', JSON.stringify(agent.end ?? 'it still runs'));
  const left = agent.relatives.map((pid) => describeProcess(pid));
  if (left.length > 0) findings.add('Processes are left after the stop', left.join('\n'));
  for (const name of ['data/endpoints', 'data/agent.pid', 's'])
    if (existsSync(agent.directory.at(name))) findings.add('A file is left after the stop', name);
}

async function readGauges(agent: AgentUnderTest): Promise<Record<string, number>> {
  const url = agent.endpoints[1]?.replace('ws:', 'http:') ?? '';
  const headers = { Authorization: `Bearer ${agent.token}`, Connection: 'close' };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  const names = ['corex_connections', 'corex_subscriptions', 'corex_stdin_handles'];
  return Object.fromEntries(
    names.map((name) => [name, Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN)]),
  );
}
