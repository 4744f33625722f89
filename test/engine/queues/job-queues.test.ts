import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JobQueues } from '../../../src/engine/queues/job-queues.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';

interface Run {
  readonly id: string;
  end(): void;
}

/** Enters jobs and remembers which of them run, in order of their start. */
class Harness {
  readonly queues: JobQueues;
  readonly clock = new FakeClock();
  readonly started: string[] = [];
  readonly running = new Map<string, Run>();

  constructor(options: Omit<ConstructorParameters<typeof JobQueues>[0], 'clock'>) {
    this.queues = new JobQueues({ clock: this.clock, ...options });
  }

  enter(id: string, queue: string | undefined, priority = 0): ReturnType<JobQueues['enter']> {
    return this.queues.enter({ id, queue, priority, takesSlot: true }, () => {
      this.started.push(id);
      const over = Promise.withResolvers<void>();
      this.running.set(id, { id, end: over.resolve });
      return over.promise;
    });
  }

  async end(id: string): Promise<void> {
    this.running.get(id)?.end();
    this.running.delete(id);
    await settle();
  }
}

/** Lets every promise that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('`JobQueues` runs one job of a queue at a time, by priority, then arrival', async () => {
  const harness = new Harness({ running: 10 });
  harness.queues.open();
  for (const [id, priority] of [
    ['a', 0],
    ['b', 0],
    ['c', 5],
    ['d', 0],
    ['e', 5],
  ] as const)
    harness.enter(id, 'disk', priority);
  for (const id of ['a', 'c', 'e', 'b', 'd']) {
    expect([...harness.running.keys()]).toEqual([id]);
    await harness.end(id);
  }
});

test('`JobQueues` starts unqueued jobs at once and tells so', () => {
  const harness = new Harness({ running: 2 });
  harness.queues.open();
  expect(harness.enter('a', undefined).immediate).toBe(true);
  expect(harness.enter('b', undefined).immediate).toBe(true);
  expect(harness.enter('c', undefined).immediate).toBe(false);
});

test('`JobQueues` reaching the limit of running jobs blocks nothing for good', async () => {
  const harness = new Harness({ running: 2 });
  harness.queues.open();
  for (let job = 0; job < 20; job += 1) harness.enter(`job${job}`, job % 3 === 0 ? 'queue' : undefined);
  for (let job = 0; job < 20; job += 1) {
    expect(harness.running.size).toBeLessThanOrEqual(2);
    const [first] = harness.running.keys();
    await harness.end(first ?? '');
  }
  expect(harness.started).toHaveLength(20);
});

test('`JobQueues` starts nothing before it is opened, and adopted runs hold their places first', async () => {
  const harness = new Harness({ running: 10, queues: { disk: { width: 2 } } });
  harness.enter('waiting1', 'disk', 1000);
  harness.enter('waiting2', 'disk', 1000);
  const adopted = Promise.withResolvers<void>();
  harness.queues.hold({ id: 'adopted', queue: 'disk', priority: 0, takesSlot: true }, adopted.promise);
  expect(harness.started).toEqual([]);
  harness.queues.open();
  expect(harness.started).toEqual(['waiting1']);
  adopted.resolve();
  await settle();
  expect(harness.started).toEqual(['waiting1', 'waiting2']);
});

test('`JobQueues` pauses and resumes a queue', async () => {
  const harness = new Harness({ running: 10 });
  harness.queues.open();
  harness.enter('a', 'disk');
  harness.enter('b', 'disk');
  expect(harness.queues.pause('disk')).toMatchObject({ paused: true, active: 1, waiting: 1, jobs: ['b'] });
  await harness.end('a');
  expect(harness.running.size).toBe(0);
  harness.queues.resume('disk');
  expect([...harness.running.keys()]).toEqual(['b']);
});

test('`JobQueues` lets held runs be active at once, beyond the width, without slots and while a queue is paused', async () => {
  const harness = new Harness({ running: 1, queues: { disk: { paused: true } } });
  harness.enter('waiting', undefined);
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  for (const [id, { promise }] of [
    ['one', one],
    ['two', two],
  ] as const)
    harness.queues.hold({ id, queue: 'disk', priority: 0, takesSlot: true }, promise);
  harness.queues.open();
  expect(harness.queues.active).toBe(2);
  expect(harness.queues.list()).toMatchObject([{ name: 'disk', width: 1, active: 2, waiting: 0, paused: true }]);
  one.resolve();
  await settle();
  expect(harness.started).toEqual([]);
  two.resolve();
  await settle();
  expect(harness.started).toEqual(['waiting']);
});

test('`JobQueues` moves a job that has its place in a queue in the line for a slot, too', async () => {
  const harness = new Harness({ running: 1, queues: { disk: { width: 2 } } });
  harness.queues.open();
  harness.enter('running', undefined);
  harness.enter('unqueued', undefined);
  harness.enter('queued', 'disk').setPriority(5);
  const behind = harness.enter('behind', 'disk');
  behind.setPriority(3);
  await harness.end('running');
  await harness.end('queued');
  expect(harness.started).toEqual(['running', 'queued', 'behind']);
});

test('`JobQueues` refuses beyond a queue’s limit of waiting jobs', () => {
  const harness = new Harness({ running: 10, queues: { disk: { limit: 1 } } });
  harness.queues.open();
  harness.enter('a', 'disk');
  harness.queues.assertRoom('disk');
  harness.enter('b', 'disk');
  expect(() => {
    harness.queues.assertRoom('disk');
  }).toThrow(expect.objectContaining({ code: 'too-many', number: 429 }) as Error);
});

test('`JobQueues` lets a waiting job leave, and forgets a queue nobody uses', async () => {
  const harness = new Harness({ running: 10 });
  harness.queues.open();
  harness.enter('a', 'disk');
  harness.enter('b', 'disk').leave();
  await settle();
  expect(harness.queues.list()).toMatchObject([{ name: 'disk', waiting: 0, active: 1 }]);
  await harness.end('a');
  await settle();
  expect(harness.queues.list()).toEqual([]);
});

test('`JobQueues` names the nearest queue when it does not know one', () => {
  const harness = new Harness({ running: 1, queues: { backup: {} } });
  expect(() => harness.queues.pause('bakcup')).toThrow('did you mean "backup"?');
});

test('`JobQueues` keeps the order of 5,000 jobs in a queue of width 4', async () => {
  const harness = new Harness({ running: 100, queues: { wide: { width: 4 } } });
  harness.queues.open();
  const ids = Array.from({ length: 5000 }, (_, index) => `job${index}`);
  for (const id of ids) harness.enter(id, 'wide');
  while (harness.running.size > 0) {
    for (const id of [...harness.running.keys()]) {
      harness.running.get(id)?.end();
      harness.running.delete(id);
    }
    await settle();
  }
  expect(harness.started).toEqual(ids);
});

interface ModelJob {
  readonly id: string;
  priority: number;
  readonly arrival: number;
}

test('`JobQueues` agrees with a simple model over random entries, ends, priorities, cancels and widths', async () => {
  const action = fc.oneof(
    fc.record({ type: fc.constant('enter' as const), priority: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ type: fc.constant('end' as const), pick: fc.nat(20) }),
    fc.record({ type: fc.constant('leave' as const), pick: fc.nat(20) }),
    fc.record({ type: fc.constant('priority' as const), pick: fc.nat(20), priority: fc.integer({ min: -2, max: 2 }) }),
    fc.record({ type: fc.constant('width' as const), width: fc.integer({ min: 1, max: 4 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const harness = new Harness({ running: 1000, queues: { q: { width: 1 } } });
      harness.queues.open();
      let width = 1;
      let arrivals = 0;
      let waiting: ModelJob[] = [];
      const running: string[] = [];
      const startedByModel: string[] = [];
      const tickets = new Map<string, ReturnType<JobQueues['enter']>>();
      const fill = (): void => {
        while (running.length < width && waiting.length > 0) {
          const next = waiting.reduce((a, b) =>
            b.priority > a.priority || (b.priority === a.priority && b.arrival < a.arrival) ? b : a,
          );
          waiting = waiting.filter((job) => job !== next);
          running.push(next.id);
          startedByModel.push(next.id);
        }
      };
      for (const step of actions) {
        switch (step.type) {
          case 'enter': {
            const id = `job${arrivals}`;
            waiting.push({ id, priority: step.priority, arrival: arrivals });
            arrivals += 1;
            fill();
            tickets.set(id, harness.enter(id, 'q', step.priority));
            break;
          }
          case 'end': {
            const id = running[step.pick % Math.max(1, running.length)];
            if (id === undefined) break;
            running.splice(running.indexOf(id), 1);
            fill();
            await harness.end(id);
            break;
          }
          case 'leave': {
            const job = waiting[step.pick % Math.max(1, waiting.length)];
            if (job === undefined) break;
            waiting = waiting.filter((other) => other !== job);
            tickets.get(job.id)?.leave();
            await settle();
            break;
          }
          case 'priority': {
            const job = waiting[step.pick % Math.max(1, waiting.length)];
            if (job === undefined) break;
            waiting = waiting.filter((other) => other !== job);
            waiting.push({ ...job, priority: step.priority, arrival: arrivals });
            arrivals += 1;
            tickets.get(job.id)?.setPriority(step.priority);
            break;
          }
          case 'width':
            width = step.width;
            fill();
            harness.queues.set('q', { width });
            await settle();
            break;
        }
        expect(harness.started).toEqual(startedByModel);
      }
    }),
    { numRuns: 200 },
  );
});
