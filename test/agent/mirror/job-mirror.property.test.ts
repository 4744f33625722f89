import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobMirror } from '../../../src/agent/mirror/job-mirror.ts';
import { Jobs, jobSpecOf } from '../../../src/agent/mirror/jobs-resource.ts';
import { QueueMirror } from '../../../src/agent/mirror/queue-mirror.ts';
import { Queues, queueSpecOf } from '../../../src/agent/mirror/queues-resource.ts';
import { Shelf } from '../../../src/agent/mirror/shelf.ts';
import type { ResourceDefinition } from '../../../src/state/define-resource.ts';
import { MemoryBackend } from '../../../src/state/memory-backend.ts';
import { State } from '../../../src/state/state.ts';
import type { JobInfo } from '../../../src/protocol/job-info.ts';
import { EngineStage, Life, turns } from '../../harness/engine-stage.ts';

const MOST_ENDED = 2;

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('submit' as const),
        id: fc.nat(6),
        queue: fc.constantFrom(undefined, 'a', 'b'),
        priority: fc.nat(2),
        restarts: fc.nat(1),
        replaces: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constant('exit' as const), which: fc.nat(9), code: fc.nat(1) }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const), which: fc.nat(9) }) },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('move' as const), which: fc.nat(9), priority: fc.nat(5) }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('pause' as const), queue: fc.constantFrom('a', 'b') }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('resume' as const), queue: fc.constantFrom('a', 'b') }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.constantFrom(10, 1000, 60_000) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('show' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const) }) },
  ),
  { maxLength: 40 },
);

/** One agent with what it shows. */
class Scene {
  readonly life: Life;
  readonly state = new State(new MemoryBackend());
  readonly jobs: JobMirror;
  readonly queues: QueueMirror;

  constructor(stage: EngineStage) {
    this.life = new Life(stage, {});
    const shelf = <Spec>(definition: ResourceDefinition<Spec>): Shelf<Spec> =>
      new Shelf({ state: this.state, owner: 'test', signal: new AbortController().signal, definition });
    const onChange = (): void => undefined;
    this.jobs = new JobMirror({ shelf: shelf(Jobs), mostEnded: MOST_ENDED, history: () => this.ended(), onChange });
    this.queues = new QueueMirror(shelf(Queues), onChange);
  }

  async begin(): Promise<this> {
    const { engine } = this.life;
    engine.addHandler(this.jobs.handler);
    engine.addHandler(this.queues.handler);
    await engine.start();
    await this.jobs.compareWithHistory();
    return this;
  }

  async show(): Promise<void> {
    await this.jobs.show();
    await this.queues.show();
  }

  /** The newest settled jobs, newest first. */
  async ended(): Promise<JobInfo[]> {
    const ids = new Set([...this.life.stage.disk.rows.values()].map(({ job }) => job.id));
    const infos = await Promise.all([...ids].map((id) => this.life.engine.get(id).catch(() => undefined)));
    const settled = infos.filter((info) => info !== undefined).filter(({ state }) => state === 'settled');
    return settled.sort((one, other) => (other.ended ?? 0) - (one.ended ?? 0)).slice(0, MOST_ENDED);
  }

  async shown({ namespace, type }: { namespace: string; type: string }): Promise<Record<string, unknown>> {
    const all = await this.state.list({ namespace, type });
    return Object.fromEntries(all.map(({ metadata, spec }) => [metadata.id, spec]));
  }

  /** A live job; `which` of them. */
  some(which: number): string | undefined {
    const live = this.life.engine.list();
    return live[which % live.length]?.id;
  }
}

test('whatever happens to jobs and queues, what is shown is what is so as soon as it is quiet', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const stage = new EngineStage();
      let scene = await new Scene(stage).begin();
      let isIdReused = false;
      for (const step of script) {
        const { engine } = scene.life;
        const id = 'which' in step ? scene.some(step.which) : undefined;
        if (step.type === 'submit') {
          const { queue, priority, restarts } = step;
          const fields = { id: `j${step.id}`, priority, max_restart: restarts, ...(queue && { queue }) };
          const before = await engine.get(fields.id).catch(() => undefined);
          isIdReused ||= step.replaces && before?.state === 'settled';
          await scene.life.submit(fields, { replaces: step.replaces });
        } else if (step.type === 'exit') {
          const run = stage.keeper.running[step.which % (stage.keeper.running.length || 1)];
          if (run !== undefined) stage.keeper.exit(run.key, { code: step.code });
        } else if (step.type === 'kill' && id !== undefined) {
          // What has a run ends when the keeper says so; that is not waited for.
          void engine.kill(id).catch(() => undefined);
        } else if (step.type === 'move' && id !== undefined) {
          await engine.setPriority(id, step.priority).catch(() => undefined);
        } else if (step.type === 'pause' || step.type === 'resume') {
          const isThere = engine.queues.list().some(({ name }) => name === step.queue);
          if (isThere) engine.queues[step.type](step.queue);
        } else if (step.type === 'time') {
          await stage.clock.advance(step.ms);
        } else if (step.type === 'show') {
          await scene.show();
        } else if (step.type === 'crash') {
          scene.life.crash();
          scene = await new Scene(stage).begin();
        }
        // All that end at one time would have no order in the history.
        await stage.clock.advance(1);
        await turns();
      }
      await turns(20);
      await scene.show();
      // The place of an ended job whose id is used again is free until the history is asked.
      if (isIdReused) await scene.jobs.compareWithHistory();
      const live = scene.life.engine.list();
      const ended = await scene.ended();
      expect(await scene.shown(Jobs)).toEqual(
        Object.fromEntries([...live, ...ended].map((info) => [info.id, jobSpecOf(info)])),
      );
      expect(await scene.shown(Queues)).toEqual(
        Object.fromEntries(scene.life.engine.queues.list().map((info) => [info.name, queueSpecOf(info)])),
      );
    }),
    { numRuns: 150 },
  );
}, 60_000);
