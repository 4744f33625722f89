import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition, Dependency } from '../../../src/protocol/dependency.ts';
import type { JobResult } from '../../../src/protocol/result.ts';
import { EngineStage, turns } from '../../harness/engine-stage.ts';
import type { Life } from '../../harness/engine-stage.ts';

const CONDITIONS = ['success', 'done', 'started'] as const;

const job = fc.record({
  /** How far back each job it waits for was submitted. */
  after: fc.array(fc.record({ back: fc.integer({ min: 1, max: 6 }), condition: fc.constantFrom(...CONDITIONS) }), {
    maxLength: 3,
  }),
  queue: fc.constantFrom('line', undefined),
});
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('submit' as const), job }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('exit' as const),
      pick: fc.nat(20),
      code: fc.constantFrom(0, 0, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('no start' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stop' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('keeper dies' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('time' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Drives a stage on which jobs wait for those before them. */
class World {
  readonly stage = new EngineStage({ running: 4, queues: { line: { width: 1 } } });
  readonly after = new Map<string, readonly Dependency[]>();
  life!: Life;
  #seen = 0;

  async begin(): Promise<void> {
    this.life = await this.stage.begin();
  }

  async act(doing: Step): Promise<void> {
    const { keeper, clock } = this.stage;
    switch (doing.type) {
      case 'submit':
        await this.#submit(doing.job);
        return;
      case 'exit': {
        const { running } = keeper;
        const kept = running[doing.pick % Math.max(1, running.length)];
        if (kept !== undefined) keeper.exit(kept.key, { code: doing.code });
        return;
      }
      case 'kill': {
        const ids = [...this.after.keys()];
        const id = ids[doing.pick % Math.max(1, ids.length)];
        if (id !== undefined) this.life.engine.kill(id, 'SIGKILL').catch(() => undefined);
        return;
      }
      case 'no start':
        keeper.spawnFailures.push({ type: 'failed', failure: 'no-such-program', message: 'none' });
        return;
      case 'crash':
        this.life.crash();
        await this.begin();
        return;
      case 'stop':
        await this.life.end();
        await this.begin();
        return;
      case 'keeper dies':
        keeper.die();
        return;
      case 'time':
        await clock.advance(1000);
    }
  }

  async #submit({ after, queue }: Extract<Step, { type: 'submit' }>['job']): Promise<void> {
    const number = this.after.size;
    const id = `job${number}`;
    const named = after.flatMap(({ back, condition }) =>
      back <= number ? [{ id: `job${number - back}`, condition }] : [],
    );
    this.after.set(id, named);
    const answer = await this.life.submit({ id, after: named, ...(queue === undefined ? {} : { queue }) });
    expect(answer.type).toBe('accepted');
  }

  /** Whatever has started by now had what it waited for come so far. */
  check(): void {
    const { spawned } = this.stage.keeper;
    for (; this.#seen < spawned.length; this.#seen += 1) {
      const key = spawned[this.#seen] ?? '';
      const uid = key.slice(0, key.lastIndexOf('.'));
      const id = this.stage.disk.rows.get(uid)?.job.id ?? '';
      for (const { id: other, condition } of this.after.get(id) ?? []) {
        expect(this.#holds(other, condition), `${id} started after ${other}: ${condition}`).toBe(true);
      }
    }
    expect(new Set(spawned).size).toBe(spawned.length);
  }

  #holds(id: string, condition: Condition): boolean {
    const row = this.stage.disk.byId(id);
    if (condition === 'started')
      return this.stage.keeper.spawned.some((key) => key.startsWith(`${row?.job.uid ?? ''}.`));
    if (condition === 'done') return row?.settled !== undefined;
    return row?.settled?.state === 'SUCCESS';
  }

  /** Whether it ever started nobody may know. */
  #isLost(id: string): boolean {
    return this.stage.disk.byId(id)?.settled?.reason === 'lost';
  }

  async finish(): Promise<void> {
    const { keeper, clock } = this.stage;
    keeper.spawnFailures.length = 0;
    for (let round = 0; this.life.engine.load.live > 0 && round < 200; round += 1) {
      for (const { key } of keeper.running) keeper.exit(key);
      await turns();
      await clock.advance(1000);
      this.check();
    }
  }

  checkEnd(): void {
    expect(this.life.engine.load, 'everything settles').toMatchObject({ live: 0, waiting: 0, active: 0 });
    for (const [id, after] of this.after) {
      const settled = this.stage.disk.byId(id)?.settled;
      const result = JSON.parse(settled?.result ?? '{}') as JobResult;
      if (result.reason !== 'dependency-failed') continue;
      expect(result.runs).toBe(0);
      expect(
        after.some(({ id: other, condition }) => !this.#holds(other, condition) || this.#isLost(other)),
        `${id} could never start`,
      ).toBe(true);
    }
  }
}

const submit: Step = { type: 'submit', job: { after: [], queue: 'line' } };
const exit: Step = { type: 'exit', pick: 0, code: 0 };
const crash: Step = { type: 'crash' };
const stop: Step = { type: 'stop' };
const behind: Step = {
  type: 'submit',
  job: {
    after: [
      { back: 3, condition: 'success' },
      { back: 1, condition: 'success' },
    ],
    queue: 'line',
  },
};

/** A job that another waits for settles while the next agent finds out who waits for whom. */
const SETTLES_DURING_RECOVERY = [
  ...[submit, submit, submit, exit, exit, exit, exit],
  ...[behind, crash, stop],
  ...[submit, submit, exit, exit, stop, submit, exit, submit],
].map((each): [Step, number] => [each, 0]);

test('a job starts only after what it waits for, whoever fails, dies or is killed, and every job settles', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(step, fc.nat(3)), { minLength: 10, maxLength: 60, size: 'max' }),
      async (steps) => {
        const world = new World();
        await world.begin();
        for (const [doing, pause] of steps) {
          await world.act(doing);
          await turns(pause);
          world.check();
        }
        await world.finish();
        world.checkEnd();
      },
    ),
    { numRuns: 200, examples: [[SETTLES_DURING_RECOVERY]] },
  );
});
