// The end of a soak: nothing of all that was may be left.
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  allProcesses,
  commandLineOf,
  describeProcess,
  directoryOf,
  environmentOf,
  isAlive,
  openFilesOf,
} from '../../test/harness/processes.ts';
import { controlGroupsOf, filesIn } from '../../test/harness/leftovers.ts';
import { until } from '../../test/harness/until.ts';
import { restingFiles } from '../agent/memory.ts';
import type { Facts } from './facts.ts';
import { judgeJournal } from './judge-journal.ts';
import { judgeOutput } from './judge-output.ts';
import { LogReader } from './log-reader.ts';
import { describe } from './perform.ts';
import { SoakClient } from './soak-client.ts';
import type { SoakWorld } from './soak-world.ts';

/** Logs that are read once more from the start. */
const LOGS_AGAIN = 200;
const STOP_WITHIN_MS = 20_000;
/** A keeper with nothing to do waits 10 s for another agent. */
const KEEPER_ENDS_WITHIN_MS = 20_000;
const REST_WITHIN_MS = 15_000;

/** Files that are opened once, when they are needed first. */
const FEW = 4;

/** What agent and keeper have open while nothing goes on. */
export interface OpenFiles {
  readonly agent: number;
  readonly keeper: number;
}

export function openFiles({ agent }: Pick<SoakWorld, 'agent'>): OpenFiles {
  const count = (pid: number): number => restingFiles(pid === 0 ? [] : [pid]);
  return { agent: count(agent.pid), keeper: count(agent.keeperPid ?? 0) };
}

/** Looks at what is stored, lets the agent rest, stops it, and looks for what is left. */
export async function drain(world: SoakWorld, ended: readonly Facts[], fresh: OpenFiles): Promise<void> {
  const { agent, findings, journal, plans } = world;
  const client = new SoakClient(agent.socketPath, (complaint) => findings.add('A wrong answer', complaint));
  client.open();
  await expectNoJob(client, world);
  await readAgain(client, world, ended);
  await client.close();
  await Promise.all(world.clients.map((one) => one.close()));
  journal.read();
  for (const complaint of judgeJournal(journal, plans)) findings.add('The journal is wrong', complaint);
  await expectRest(world, fresh);
  await expectEnd(world);
}

async function expectNoJob(client: SoakClient, { findings }: SoakWorld): Promise<void> {
  const { data } = await client.call('job.list');
  if (data === '[]') return;
  findings.add('Jobs are left although every one was told to have ended', data);
  await client.call('job.killall');
}

/** What is stored is what was told. */
async function readAgain(client: SoakClient, world: SoakWorld, ended: readonly Facts[]): Promise<void> {
  for (const facts of ended) {
    const { plan, result } = facts;
    const { state, data, error } = await client.call('job.result', { id: plan.id });
    const stored = state === 'SUCCESS' ? JSON.stringify(JSON.parse(data)) : JSON.stringify(error);
    if (stored !== JSON.stringify(result))
      world.findings.add('The stored result is not the told one', `${stored} and ${describe(facts)}`);
  }
  for (const facts of ended.filter(({ plan }) => plan.readers > 0).slice(-LOGS_AGAIN)) {
    const reader = new LogReader(facts.plan, world.noise);
    await client.follow(reader);
    world.figures.logsReadAgain += 1;
    for (const complaint of judgeOutput(reader, facts))
      world.findings.add('The log is wrong when it is read again', `${complaint}: ${describe(facts)}`);
  }
}

async function expectRest(world: SoakWorld, fresh: OpenFiles): Promise<void> {
  let now = openFiles(world);
  const isAtRest = (): boolean => {
    now = openFiles(world);
    return now.agent <= fresh.agent + FEW && now.keeper <= fresh.keeper + FEW;
  };
  await until('as few files are open as at the start', isAtRest, { withinMs: REST_WITHIN_MS }).catch(() => {
    const pids = [world.agent.pid, world.agent.keeperPid ?? 0];
    const list = pids.map((pid) => [...openFilesOf(pid)].map(([fd, target]) => `${fd} ${target}`).join(', '));
    world.findings.add('Files stay open', `${JSON.stringify(now)} instead of ${JSON.stringify(fresh)}`, list);
  });
}

async function expectEnd(world: SoakWorld): Promise<void> {
  const { agent, findings } = world;
  const isEnded = await agent.stop(STOP_WITHIN_MS);
  if (!isEnded || agent.exitCode !== 0)
    findings.add('The agent did not end well', `exit code ${String(agent.exitCode)}`, agent.lastLines);
  const isGone = (): boolean => agent.keeperPid === undefined;
  await until('the keeper has ended', isGone, { withinMs: KEEPER_ENDS_WITHIN_MS, everyMs: 50 }).catch(() =>
    findings.add('The keeper did not end', describeProcess(agent.keeperPid ?? 0)),
  );
  const processes = relatives(world).map((pid) => describeProcess(pid));
  if (processes.length > 0) findings.add('Processes are left', processes.join('\n  '));
  const files = filesLeft(world);
  if (files.length > 0) findings.add('Files are left', files.join('\n  '));
}

/** Processes that work in the directory, or were told of it. */
function relatives({ agent: { directory } }: SoakWorld): number[] {
  return allProcesses().filter((pid) => {
    if (pid === process.pid || !isAlive(pid)) return false;
    const words = [directoryOf(pid) ?? '', ...commandLineOf(pid), ...Object.values(environmentOf(pid))];
    return words.some((word) => word.includes(directory.path));
  });
}

function filesLeft({ agent: { directory, socketPath }, journal }: SoakWorld): string[] {
  const single = [
    socketPath,
    ...['agent.pid', 'keeper.pid', 'keeper.json', 'endpoints'].map((name) => directory.at('data', name)),
  ];
  const temporary = ['tmp', 'run'].flatMap((folder) =>
    filesIn(directory.at(folder)).map((name) => directory.at(folder, name)),
  );
  const uids = new Set(journal.runs.map(({ uid }) => uid));
  const output = filesIn(directory.at('data', 'output')).filter((name) => !uids.has(name.split(path.sep)[0] ?? ''));
  const groups = controlGroupsOf(directory.path);
  return [...single.filter((file) => existsSync(file)), ...temporary, ...output, ...groups];
}
