import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../../test/harness/processes.ts';
import { within } from '../../test/harness/within.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { Random } from '../fuzz/random.ts';
import type { Caller } from './caller.ts';
import type { Facts } from './facts.ts';
import { feed } from './feed.ts';
import { judgeOutput } from './judge-output.ts';
import { judgeResult } from './judge-result.ts';
import { LogReader } from './log-reader.ts';
import type { Plan } from './plan.ts';
import { signalProcess } from '../agent/signal-process.ts';
import type { SoakWorld } from './soak-world.ts';
import { uptimeMs } from './uptime.ts';

/** How often a job that has ended is asked for once more. */
const ASK_AGAIN = 0.1;

/** What a caller who wants a job to end may rightly be told instead. */
const FAIR_REFUSALS = new Set(['not-running', 'running']);

/** Sends one job, does to it what is planned, and looks at everything that comes of it. Undefined when it never ended. */
export async function perform(plan: Plan, random: Random, world: SoakWorld): Promise<Facts | undefined> {
  const { figures, findings, journal, plans, watch } = world;
  const client = random.pick(world.clients);
  const asked: string[] = [];
  const readers = random.list(plan.readers, () => new LogReader(plan, world.noise));
  const beside: Promise<unknown>[] = [];
  let isOver = false;
  const start = (): void => {
    if (beside.length > 0) return;
    beside.push(...readers.map((reader) => random.pick(world.clients).follow(reader)));
    const noteRefusal = (code: string): void => figures.count('deeds', `input refused for now: ${code}`);
    beside.push(feed(plan, random.pick(world.clients), world.noise, () => isOver, noteRefusal));
    beside.push(act(plan, random, world, asked));
  };
  plans.set(plan.id, plan);
  figures.count('jobs', plan.kind);
  const sentAt = uptimeMs();
  const told = await patiently(world, `job ${plan.id} (${plan.kind}) to end`, client.run(plan.command, start));
  isOver = true;
  if (told === undefined) return undefined;
  const facts: Facts = {
    plan,
    result: withoutRef(told),
    sentAt,
    resultAt: uptimeMs(),
    asked,
    losses: world.losses,
    absences: world.agent.absences,
    shots: world.shots,
    get runs() {
      return journal.runsOf(plan.id);
    },
  };
  if (plan.keeps !== true) watch.isOver(plan.id);
  figures.count('reasons', facts.result.reason);
  await patiently(world, `the end of the output of ${plan.id} (${plan.kind})`, Promise.all(beside));
  journal.read();
  if (plan.keeps === true) endKept(facts, world);
  for (const complaint of judgeResult(facts)) findings.add(complaint, describe(facts));
  for (const reader of readers) {
    for (const complaint of judgeOutput(reader, facts))
      findings.add('Wrong output', `${complaint}: ${describe(facts)}`);
    figures.readBytes += reader.position;
  }
  if (random.chance(ASK_AGAIN)) await askAgain(facts, client, world);
  return facts;
}

/** The reference is the asker's own. */
function withoutRef({ ref: _ref, ...result }: JobResult): JobResult {
  return result;
}

/** All that is known of a job, for a report. */
export function describe({ plan, result, runs, asked, shots, losses, sentAt, resultAt }: Facts): string {
  const known = runs.map((run) => ({ ...run, shots: shots.get(run.key) }));
  const lossesThen = losses.filter((at) => at >= sentAt && at <= resultAt);
  const { streams: _streams, data: _data, ...told } = result;
  return JSON.stringify({ kind: plan.kind, sentAt, resultAt, asked, lossesThen, runs: known, result: told }).slice(
    0,
    3000,
  );
}

async function act({ id, deed }: Plan, random: Random, world: SoakWorld, asked: string[]): Promise<void> {
  if (deed === undefined) return;
  await sleep(deed.afterMs);
  asked.push(deed.what);
  world.figures.count('deeds', `\`job.${deed.what}\` by a caller`);
  const { state, error } = await random.pick(world.clients).call(`job.${deed.what}`, { id });
  if (state === 'SUCCESS') return;
  if (!FAIR_REFUSALS.has(error?.code ?? ''))
    world.findings.add(`job.${deed.what} was refused`, `${id}: ${JSON.stringify(error)}`);
  // Who may not cancel a job that runs ends it otherwise, if it does not end by itself.
  if (error?.code !== 'running') return;
  asked.push('kill');
  await random.pick(world.clients).call('job.kill', { id });
}

/** What a job was told to keep lives after its good end; then it is ended by us. */
function endKept({ plan, result, runs, losses, sentAt }: Facts, { findings, watch }: SoakWorld): void {
  const left = runs.flatMap((run) => run.left);
  const isCalm = result.reason === 'exited' && !losses.some((at) => at >= sentAt);
  for (const pid of left) {
    if (isCalm && !isAlive(pid)) findings.add('What a job may keep is gone', `${plan.id}: ${pid}`);
  }
  for (const { pid, id } of watch.alive()) if (id === plan.id) signalProcess(pid, 'SIGKILL');
  watch.isOver(plan.id);
}

/** The same command once more attaches to the stored result. */
async function askAgain({ plan, result }: Facts, client: Caller, world: SoakWorld): Promise<void> {
  const again = await patiently(world, `the result of ${plan.id} again`, client.run(plan.command));
  if (again === undefined) return;
  const [one, other] = [result, withoutRef(again)].map((told) => JSON.stringify(told));
  if (one !== other) world.findings.add('A result was told in two ways', `${one} and ${other}`);
}

async function patiently<Answer>(world: SoakWorld, what: string, answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await within(world.patienceMs, what, answer);
  } catch (error) {
    world.findings.add('Waited in vain', String(error), world.agent.lastLines);
    return undefined;
  }
}
