import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunKey } from '../../src/engine/process.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import { EngineStage, turns } from '../harness/engine-stage.ts';
import type { Life } from '../harness/engine-stage.ts';

const WIDTH = 2;
const SLOTS = 3;

const pick = fc.nat(20);
const command = fc.record({
  queue: fc.constantFrom('line', undefined),
  priority: fc.integer({ min: -1, max: 1 }),
  max_restart: fc.constantFrom(0, 0, 2),
  recurring_period: fc.constantFrom(0, 0, 0, 3),
});
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('submit' as const), command }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('attach' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('kill' as const),
      pick,
      signal: fc.constantFrom('SIGTERM' as const, 'SIGKILL' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('cancel' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unschedule' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('priority' as const), pick, to: fc.integer({ min: -1, max: 1 }) }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('exit' as const), pick, code: fc.constantFrom(0, 1) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('say' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('no start' as const), how: fc.constantFrom('404', '503', 'unknown') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('writes fail' as const), times: fc.integer({ min: 1, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('writes hang' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('writes go on' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('TERM is ignored' as const), is: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.constantFrom(10, 1000, 4000, 20_000) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), drain: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('keeper dies' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface KnownJob {
  readonly fields: Partial<WireCommand> & { id: string };
  /** Results told, over all agents. */
  readonly told: JobResult[];
  /** How many runs there were when an end for good was promised. */
  spawnedAtEnd: number | undefined;
}

/** Drives a stage and remembers what was promised. */
class World {
  readonly stage = new EngineStage({ running: SLOTS, queues: { line: { width: WIDTH } } });
  readonly jobs = new Map<string, KnownJob>();
  life!: Life;
  #settlements = new Map<string, number>();

  async begin(): Promise<void> {
    this.life = await this.stage.begin();
  }

  async act(step: Action): Promise<void> {
    const { keeper, clock } = this.stage;
    const { engine, store } = this.life;
    switch (step.type) {
      case 'submit':
        this.submit({ ...step.command, queue: step.command.queue ?? null, id: `job${this.jobs.size}` });
        return;
      case 'attach':
        this.on(step.pick, ({ fields }) => this.submit(fields));
        return;
      case 'kill':
        this.on(step.pick, (job) => this.endsForGood(job, engine.kill(job.fields.id, step.signal)));
        return;
      case 'cancel':
        this.on(step.pick, (job) => this.endsForGood(job, engine.cancel(job.fields.id)));
        return;
      case 'unschedule':
        this.on(step.pick, ({ fields }) => void engine.unschedule(fields.id).catch(() => undefined));
        return;
      case 'priority':
        this.on(step.pick, ({ fields }) => void engine.setPriority(fields.id, step.to).catch(() => undefined));
        return;
      case 'exit':
        this.onRun(step.pick, (key) => keeper.exit(key, { code: step.code }));
        return;
      case 'say':
        this.onRun(step.pick, (key) => keeper.say(key, 'word\n'));
        return;
      case 'no start':
        if (step.how === 'unknown') keeper.spawnFailures.push(new Error('no answer'));
        else {
          const failure = step.how === '404' ? 'no-such-program' : 'no-resources';
          keeper.spawnFailures.push({ type: 'failed', failure, message: step.how });
        }
        return;
      case 'writes fail':
        store.failNext = step.times;
        return;
      case 'writes hang':
        store.hold();
        return;
      case 'writes go on':
        store.release();
        return;
      case 'TERM is ignored':
        keeper.ignoresTerm = step.is;
        return;
      case 'time':
        await clock.advance(step.ms);
        return;
      case 'crash':
        this.life.crash();
        this.countSettlements();
        await this.begin();
        return;
      case 'restart':
        store.release();
        await this.life.end({ drain: step.drain });
        this.countSettlements();
        await this.begin();
        return;
      case 'keeper dies':
        keeper.die();
    }
  }

  submit(fields: KnownJob['fields']): void {
    const { life } = this;
    const job: KnownJob = this.jobs.get(fields.id) ?? { fields, told: [], spawnedAtEnd: undefined };
    this.jobs.set(fields.id, job);
    void life.submit(fields).then(async (answer) => {
      if (answer.type !== 'accepted') return;
      // An agent that ends first says so.
      const result = await answer.job.result.catch(() => undefined);
      if (result !== undefined) job.told.push(result);
    });
  }

  on(index: number, run: (job: KnownJob) => void): void {
    const job = [...this.jobs.values()][index % Math.max(1, this.jobs.size)];
    if (job !== undefined) run(job);
  }

  onRun(index: number, run: (key: RunKey) => void): void {
    const { running } = this.stage.keeper;
    const kept = running[index % Math.max(1, running.length)];
    if (kept !== undefined) run(kept.key);
  }

  endsForGood(job: KnownJob, asked: Promise<void>): void {
    asked.then(
      () => (job.spawnedAtEnd ??= this.spawnedOf(job)),
      () => undefined,
    );
  }

  spawnedOf({ fields }: KnownJob): number {
    const uid = this.stage.disk.byId(fields.id)?.job.uid;
    return this.stage.keeper.spawned.filter((key) => key.startsWith(`${uid ?? ' '}.`)).length;
  }

  countSettlements(): void {
    for (const write of this.life.store.committed.splice(0)) {
      if (!write.startsWith('settled ')) continue;
      this.#settlements.set(write, (this.#settlements.get(write) ?? 0) + 1);
    }
  }

  /** What holds at any moment. */
  check(): void {
    const { keeper, disk } = this.stage;
    expect(new Set(keeper.spawned).size, 'no key is spawned twice').toBe(keeper.spawned.length);
    const uids = keeper.running.map(({ key }) => key.slice(0, key.lastIndexOf('.')));
    expect(new Set(uids).size, 'a job has one run at a time').toBe(uids.length);
    expect(uids.length, 'slots hold').toBeLessThanOrEqual(SLOTS);
    const queued = uids.filter((uid) => disk.rows.get(uid)?.job.queue === 'line');
    expect(queued.length, 'the queue’s width holds').toBeLessThanOrEqual(WIDTH);
    for (const job of this.jobs.values()) {
      if (job.spawnedAtEnd !== undefined)
        expect(this.spawnedOf(job), 'what was ended for good never starts again').toBe(job.spawnedAtEnd);
    }
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    const { clock, keeper } = this.stage;
    this.life.store.release();
    this.life.store.failNext = 0;
    keeper.spawnFailures.length = 0;
    for (let round = 0; this.life.engine.load.live > 0 && round < 50; round += 1) {
      await clock.advance(10_000);
      // A kill that waits for a write to be tried again waits for time to go by.
      for (const { id } of this.life.engine.list()) this.life.engine.kill(id, 'SIGKILL').catch(() => undefined);
      await turns();
    }
    await clock.advance(20_000);
    await turns();
    this.countSettlements();
  }

  checkEnd(): void {
    const { keeper, disk, clock } = this.stage;
    const { load, queues } = this.life.engine;
    expect(load).toMatchObject({ live: 0, waiting: 0, active: 0 });
    expect(queues.list()).toMatchObject([{ active: 0, waiting: 0 }]);
    expect([...keeper.runs.keys()], 'every run is forgotten').toEqual([]);
    expect(clock.waiting, 'no timer is left').toBe(0);
    for (const { job, settled } of disk.rows.values()) {
      expect(settled, `"${job.id}" was accepted, so it has a result`).toBeDefined();
      expect(this.#settlements.get(`settled ${job.id}`), 'it is settled once').toBe(1);
      const known = this.jobs.get(job.id);
      const result = JSON.parse(settled?.result ?? '{}') as JobResult;
      for (const told of known?.told ?? []) expect(told).toEqual(result);
      const spawned = keeper.spawned.filter((key) => key.startsWith(`${job.uid}.`)).length;
      expect(result.runs).toBeGreaterThanOrEqual(spawned);
      if (result.reason === 'cancelled') expect([result.runs, spawned]).toEqual([0, 0]);
      if (result.reason === 'exited') expect(result.state).toBe(result.code === 0 ? 'SUCCESS' : 'ERROR');
      if (spawned === 0) expect(['cancelled', 'lost', 'spawn-failed', 'killed']).toContain(result.reason);
    }
  }
}

test('whatever happens in whatever order, every accepted command has one result, and nothing runs twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(action, fc.nat(4)), { minLength: 10, maxLength: 60, size: 'max' }),
      async (steps) => {
        const world = new World();
        await world.begin();
        for (const [step, pause] of steps) {
          await world.act(step);
          await turns(pause);
          world.check();
        }
        await world.finish();
        world.check();
        world.checkEnd();
      },
    ),
    { numRuns: 300 },
  );
});
