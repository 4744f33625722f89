import { setTimeout as sleep } from 'node:timers/promises';
import type { ResultFrame } from '../../src/protocol/frames.ts';
import { Random } from '../fuzz/random.ts';
import type { Task } from './expectation.ts';
import { LoadClient } from './load-client.ts';
import { randomTask } from './tasks.ts';

export interface RoundOptions {
  readonly socketPath: string;
  readonly seed: number;
  /** Names the round's jobs. */
  readonly name: string;
  readonly commands: number;
  readonly connections: number;
  /** Commands of one connection that wait for their result at a time. */
  readonly inFlight: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RoundReport {
  readonly results: number;
  readonly cuts: number;
  readonly tookMs: number;
  /** What went wrong. */
  readonly complaints: readonly string[];
}

/** Chance that a connection is cut when a task begins, and that a finished job is asked for once more. */
const CUT = 0.04;
const ASK_AGAIN = 0.05;

/** What a kill, cancel or unschedule may rightly be told about a job that was accepted. */
const FAIR_REFUSALS = new Set(['not-running', 'running']);

/** One round of random tasks over many connections. Every command must get exactly one result, and a true one. */
export async function runRound(options: RoundOptions): Promise<RoundReport> {
  const complaints: string[] = [];
  const complain = (complaint: string): void => void complaints.push(complaint.slice(0, 500));
  const began = performance.now();
  let begun = 0;
  let results = 0;
  const work = async (client: LoadClient): Promise<void> => {
    while (begun < options.commands && options.signal?.aborted !== true) {
      begun += 1;
      const random = Random.of(options.seed, begun);
      const task = randomTask(`${options.name}-${begun}`, random);
      await perform(client, task, random, complain);
      results += 1;
    }
  };
  const clients = Array.from({ length: options.connections }, () => new LoadClient(options.socketPath, complain));
  await Promise.all(clients.map((client) => client.connect()));
  const workers = clients.flatMap((client) => Array.from({ length: options.inFlight }, () => work(client)));
  await Promise.all(workers);
  await Promise.all(clients.map((client) => client.close()));
  const cuts = clients.reduce((sum, client) => sum + client.cuts, 0);
  return { results, cuts, tookMs: performance.now() - began, complaints };
}

async function perform(
  client: LoadClient,
  task: Task,
  random: Random,
  complain: (complaint: string) => void,
): Promise<void> {
  let lines: string[] = [];
  let interfering: Promise<void> | undefined;
  const result = client.ask(task.command, {
    onAccepted: () => {
      interfering ??= interfere(client, task, complain);
    },
    onLines: (more) => {
      if (more === undefined) lines = [];
      else lines.push(...more);
    },
  });
  if (random.chance(CUT)) client.cut();
  const { ref: _ref, type: _type, ...first } = await result;
  await interfering;
  try {
    task.check(first);
    if (task.lines !== undefined && lines.join('\n') !== task.lines.join('\n'))
      throw new Error(`${first.id} showed ${lines.length} lines instead of ${task.lines.length}`);
  } catch (error) {
    complain(`${String(error)}: ${JSON.stringify(first)}`);
  }
  if (task.command.command === 'core.system' && random.chance(ASK_AGAIN)) await askAgain(client, task, first, complain);
}

async function interfere(client: LoadClient, task: Task, complain: (complaint: string) => void): Promise<void> {
  const { interference, afterMs, command } = task;
  if (interference === 'none') return;
  if (afterMs > 0) await sleep(afterMs);
  const { state, error } = await client.ask({ command: `job.${interference}`, arguments: { id: command.id } });
  if (state !== 'SUCCESS' && !FAIR_REFUSALS.has(error?.code ?? ''))
    complain(`job.${interference} of ${command.id} was answered: ${JSON.stringify(error)}`);
}

/** A job that has ended is told once more, word for word. */
async function askAgain(
  client: LoadClient,
  task: Task,
  first: Omit<ResultFrame, 'type'>,
  complain: (complaint: string) => void,
): Promise<void> {
  const { ref: _ref, type: _type, ...again } = await client.ask({ ...task.command, stream: false });
  const [one, other] = [JSON.stringify(first), JSON.stringify(again)];
  if (one !== other) complain(`The result of ${first.id} was told in two ways: ${one} and ${other}`);
}
