import { setTimeout as sleep } from 'node:timers/promises';
import { describeProcess } from '../../test/harness/processes.ts';
import { until } from '../../test/harness/until.ts';
import { AgentUnderTest } from '../fuzz/agent-under-test.ts';
import { Findings, type Finding } from '../fuzz/findings.ts';
import { childrenOfJobs, expectCleanStop } from '../fuzz/settle.ts';
import { collectGarbage } from './collect-garbage.ts';
import { LoadClient } from './load-client.ts';
import { type RoundReport, runRound } from './round.ts';
import { QUEUES } from './tasks.ts';

export interface LoadOptions {
  readonly seed: number;
  /** Commands of one round. */
  readonly commands: number;
  readonly connections: number;
  readonly inFlight: number;
  /** Rounds; what is left after each is compared with what was left after the first. */
  readonly rounds: number;
  readonly signal?: AbortSignal;
  readonly onRound?: (report: RoundReport, rest: Rest) => void;
}

/** What an agent takes while it does nothing. */
export interface Rest {
  readonly rss: number;
  readonly files: number;
  readonly live: number;
}

const MIB = 1024 * 1024;
const MOST_GROWTH_BYTES = 20 * MIB;
const QUEUE_WIDTH = 8;
const SETTLE_MS = 30_000;

/**
 * The same load again and again on one agent. The first round warms it up: code is compiled, and what is made once is
 * made. From then on a round must leave the agent as it found it; its garbage is collected before that is looked at.
 */
export async function runLoad(options: LoadOptions): Promise<readonly Finding[]> {
  const findings = new Findings();
  await using agent = await AgentUnderTest.start(findings, { nodeFlags: ['--inspect=127.0.0.1:0'] });
  const own = new LoadClient(agent.socketPath, (complaint) => findings.add('A wrong answer', complaint));
  await own.connect();
  for (const queue of QUEUES) await own.ask({ command: 'queue.set', arguments: { name: queue, width: QUEUE_WIDTH } });
  let first: Rest | undefined;
  for (let round = 1; round <= options.rounds && options.signal?.aborted !== true; round += 1) {
    const report = await runRound({ ...options, socketPath: agent.socketPath, name: `round${round}` });
    for (const complaint of report.complaints) findings.add('A wrong answer', complaint);
    if (report.results < options.commands && !options.signal?.aborted)
      findings.add('Not one result for each command', `${report.results} of ${options.commands}`);
    const rest = await restOf(agent, own, findings);
    options.onRound?.(report, rest);
    if (first !== undefined) compare(first, rest, findings);
    first ??= rest;
  }
  await own.close();
  await expectCleanStop(agent, findings);
  return findings.all;
}

/** Waits until nothing is going on and tells what the agent takes then. */
async function restOf(agent: AgentUnderTest, own: LoadClient, findings: Findings): Promise<Rest> {
  let live = Number.NaN;
  const isQuiet = async (): Promise<boolean> => {
    const { data } = await own.ask({ command: 'core.state' });
    ({ live } = (JSON.parse(data) as { jobs: { live: number } }).jobs);
    return live === 0 && childrenOfJobs(agent).length === 0;
  };
  await until('the agent is quiet', isQuiet, { withinMs: SETTLE_MS, everyMs: 50 }).catch(() => {
    const children = childrenOfJobs(agent).map((pid) => describeProcess(pid));
    findings.add('Jobs or children are left', JSON.stringify({ live, children }));
  });
  const files = agent.openFiles.length;
  await collectGarbage(agent.log.inspectorUrl ?? '');
  return { rss: await settledRss(agent), files, live };
}

/** Memory is given back late: waits until it falls no more. */
async function settledRss(agent: AgentUnderTest): Promise<number> {
  let least = agent.rss;
  for (let calm = 0; calm < 10; calm += 1) {
    await sleep(200);
    const { rss } = agent;
    if (rss < least - MIB) calm = 0;
    least = Math.min(least, rss);
  }
  return least;
}

function compare(first: Rest, rest: Rest, findings: Findings): void {
  const growth = rest.rss - first.rss;
  if (growth > MOST_GROWTH_BYTES) findings.add('Memory grows', `by ${(growth / MIB).toFixed(1)} MiB in a round`);
  if (rest.files > first.files) findings.add('Files stay open', `${rest.files} instead of ${first.files}`);
}
