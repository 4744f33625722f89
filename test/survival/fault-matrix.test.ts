// Agent, keeper, or both die at every step between a job's acceptance and its result.
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { isAlive } from '../harness/processes.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';
import { SurvivalStage } from './survival-stage.ts';

/** The steps of the agent, each with the passage at which it dies: some jobs are to be past it, others before it. */
const AGENT_FAULTS = [
  'agent.accept.before:2',
  'agent.accept.after:2',
  'agent.intent.before:1',
  'agent.intent.after:1',
  'agent.spawn.before:2',
  'agent.spawn.sent:1',
  'agent.spawn.answered:1',
  'agent.exit.heard:2',
  'agent.outcome.before:1',
  'agent.outcome.after:1',
  'agent.result.before:2',
  'agent.result.after:1',
  'agent.result.told:1',
  'agent.forget:2',
  'agent.recovery.before:1',
  'agent.recovery.adopted:1',
  'agent.recovery.after:1',
];

const KEEPER_FAULTS = [
  'keeper.open:1',
  'keeper.spawn.before:2',
  'keeper.spawn.after:1',
  'keeper.exit.recorded:2',
  'keeper.forget:1',
];

interface Told {
  readonly id: string;
  readonly result: Promise<JobResult>;
}

/** The jobs of all lives of one stage, each of whose processes writes down which run of which job it is. */
class Workload {
  readonly told: Told[] = [];
  readonly #stage: SurvivalStage;
  readonly #journal: string;
  readonly #long: Told[] = [];
  readonly #pids: string;
  readonly #withLong: boolean;

  /** `withLong`: one job of each life doesn't end by itself. */
  constructor(stage: SurvivalStage, { withLong = false } = {}) {
    this.#stage = stage;
    this.#journal = stage.at('journal');
    this.#pids = stage.at('pids');
    this.#withLong = withLong;
  }

  /** Submits one job of each sort. The client asks again until each is accepted, whoever dies meanwhile. */
  submit(life: string): void {
    if (this.#withLong) this.#long.push(this.#submit(`${life}/long`, `echo $$ >> ${this.#pids}; exec sleep 600`));
    this.told.push(this.#submit(`${life}/plain`, 'exit 0'));
    this.told.push(this.#submit(`${life}/another`, 'exit 0'));
    this.told.push(this.#submit(`${life}/queued`, 'exit 0', { queue: 'line' }));
    this.told.push(this.#submit(`${life}/behind`, 'exit 0', { queue: 'line' }));
    this.told.push(this.#submit(`${life}/restarting`, 'exit 1', { max_restart: 1, restart_delay: 0.02 }));
  }

  /** The runs that there were, as `id key`. */
  runs(): string[] {
    return linesOf(this.#journal);
  }

  /** The processes that there were of jobs that don't end by themselves. */
  longPids(): number[] {
    return linesOf(this.#pids).map(Number);
  }

  async longResults(): Promise<JobResult[]> {
    return await within(25_000, 'every long result', Promise.all(this.#long.map(({ result }) => result)));
  }

  runsOf(id: string): number {
    return this.runs().filter((line) => line.startsWith(`${id} `)).length;
  }

  async results(): Promise<JobResult[]> {
    return await within(25_000, 'every result', Promise.all(this.told.map(({ result }) => result)));
  }

  #submit(id: string, end: string, more: Partial<WireCommand> = {}): Told {
    const script = `echo "$COREX_JOB_ID $COREX_RUN" >> ${this.#journal}; ${end}`;
    const job = this.#stage.client.run({
      command: 'core.system',
      id,
      arguments: { name: 'sh', args: ['-c', script] },
      ...more,
    });
    const result = job.result();
    result.catch(() => undefined);
    return { id, result };
  }
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
}

/** Starts an agent that dies at this fault: over the jobs it finds, or over those it is given then. */
async function liveUntil(stage: SurvivalStage, workload: Workload, fault: string): Promise<void> {
  const takesCommands = await stage.start(`${fault}:kill`).then(
    () => true,
    () => false,
  );
  if (takesCommands) workload.submit(fault);
  await stage.agentDied();
}

function expectNoRunTwice(workload: Workload): void {
  const keys = workload.runs().map((line) => line.split(' ').at(-1));
  expect(keys).toHaveLength(new Set(keys).size);
}

test(
  'an agent that dies at whatever step starts nothing twice and loses nothing: every job ends as it would have',
  { timeout: 120_000 },
  async () => {
    await using stage = await SurvivalStage.begin();
    const steady = await stage.startJob('steady', 'exec sleep 600');
    const workload = new Workload(stage);
    await stage.killAgent();
    for (const fault of AGENT_FAULTS) await liveUntil(stage, workload, fault);
    await stage.start();
    for (const { id, state, code, runs } of await workload.results()) {
      const isRestarting = id.endsWith('restarting');
      expect({ id, state, code, runs }).toEqual(
        isRestarting ? { id, state: 'ERROR', code: 1001, runs: 2 } : { id, state: 'SUCCESS', code: 0, runs: 1 },
      );
      expect([id, workload.runsOf(id)]).toEqual([id, runs]);
    }
    expectNoRunTwice(workload);
    expect(await stage.client.jobs.get('steady')).toMatchObject({ state: 'running', pid: steady, runs: 1 });
    expect(isAlive(steady)).toBe(true);
  },
);

/** What must be true of a job whose keeper may have died: one result, honest, and no more runs than it tells of. */
function expectHonest(workload: Workload, { id, reason, state, code, runs }: JobResult): void {
  expect(['exited', 'lost']).toContain(reason);
  if (reason === 'lost') expect([id, state, code]).toEqual([id, 'ERROR', 503]);
  else expect([id, workload.runsOf(id) > 0]).toEqual([id, true]);
  if (state === 'SUCCESS') expect(id).not.toMatch(/restarting$/);
  expect(workload.runsOf(id)).toBeLessThanOrEqual(runs);
}

test(
  'a keeper that dies at whatever step leaves every job with one honest result, and no run twice',
  { timeout: 120_000 },
  async () => {
    await using stage = await SurvivalStage.begin();
    const workload = new Workload(stage);
    for (const fault of KEEPER_FAULTS) {
      await stage.killAgent();
      await stage.killKeeper();
      await stage.start(`${fault}:kill`);
      const first = stage.keeperPid;
      workload.submit(fault);
      const results = await workload.results();
      if (fault !== 'keeper.open:1') await until(`the keeper has died at ${fault}`, () => !isAlive(first));
      for (const result of results) expectHonest(workload, result);
    }
    expectNoRunTwice(workload);
  },
);

test(
  'agent and keeper that die together at whatever step leave every job with one honest result, and nothing behind',
  { timeout: 120_000 },
  async () => {
    await using stage = await SurvivalStage.begin();
    const workload = new Workload(stage, { withLong: true });
    await stage.killAgent();
    // Without its keeper there is nothing to be adopted.
    for (const fault of AGENT_FAULTS.filter((point) => !point.startsWith('agent.recovery.adopted'))) {
      await liveUntil(stage, workload, fault);
      await stage.killKeeper();
    }
    await stage.start();
    workload.submit('after');
    for (const result of await workload.results()) expectHonest(workload, result);
    // The last one, at least.
    await until('there was a process that does not end by itself', () => workload.longPids().length > 0);
    // Those that were accepted and not started before run now; the others are lost.
    for (const { id } of await stage.client.jobs.list()) await stage.client.job(id).kill();
    for (const { reason, runs } of await workload.longResults()) {
      expect(['lost', 'killed', 'cancelled']).toContain(reason);
      expect(runs).toBeLessThanOrEqual(1);
    }
    expectNoRunTwice(workload);
    await until('nothing of them is left', () => !workload.longPids().some((pid) => isAlive(pid)));
  },
);
