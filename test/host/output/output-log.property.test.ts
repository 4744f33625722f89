import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MemoryBudget } from '../../../src/host/output/memory-budget.ts';
import { SegmentArchive } from '../../../src/host/output/segment-archive.ts';
import type { OutputItem } from '../../../src/protocol/output.ts';
import { FakeDisk } from '../../fakes/fake-disk.ts';
import { expectContinuous } from './continuity.ts';
import { LogOnFakes, MEBIBYTE } from './log-on-fakes.ts';

const KEEP_BYTES = 400_000;

/** What can happen to the logs of two jobs that share a budget. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      append: fc.integer({ min: 1, max: 150_000 }),
      log: fc.nat(1),
      bursts: fc.integer({ min: 1, max: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ read: fc.integer({ min: 1, max: 200_000 }), log: fc.nat(1), reader: fc.nat(2) }),
  },
  { weight: 2, arbitrary: fc.record({ peek: fc.double({ min: 0, max: 1, noNaN: true }), log: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ advance: fc.constantFrom(0, 10, 30, 1_000, 2_500) }) },
  { weight: 1, arbitrary: fc.record({ disk: fc.constantFrom('fine', 'full', 'hung'), log: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ nextRun: fc.nat(1) }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** One job: its runs one after the other, and readers that each follow the run under way. */
class Job {
  readonly #disk = new FakeDisk();
  readonly #budget: MemoryBudget;
  fakes: LogOnFakes;
  #run = 1;
  readers: { next: number; items: OutputItem[] }[];

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
    this.fakes = this.#begin(0);
    this.readers = this.#newReaders();
  }

  async read(reader: number, maxBytes: number): Promise<void> {
    const one = this.readers[reader];
    if (one === undefined) return;
    const slice = await this.fakes.log.read(one.next, maxBytes);
    expectContinuous(slice.items, one.next, slice.next);
    one.items.push(...slice.items);
    one.next = slice.next;
  }

  async peek(place: number): Promise<void> {
    const { log } = this.fakes;
    const from = log.start + Math.floor(place * (log.end - log.start));
    const slice = await log.read(from, 10_000);
    expectContinuous(slice.items, from, slice.next);
    if (from < log.end) expect(slice.next).toBeGreaterThan(from);
  }

  setDisk(state: string): void {
    this.#disk.trouble = state === 'full' ? new Error('ENOSPC') : undefined;
    if (state === 'hung') this.#disk.freeze();
    else this.#disk.thaw();
  }

  /** Ends the run, checks all that is left of it, and begins the next. */
  async nextRun(): Promise<void> {
    const { fakes } = this;
    const { log } = fakes;
    this.setDisk('fine');
    await this.#finish();
    for (const [index, reader] of this.readers.entries()) {
      while (reader.next < log.end) await this.read(index, 50_000);
      expectContinuous(reader.items, log.start, log.end);
      expect(reader.items.filter(({ type }) => type === 'run').length).toBeLessThanOrEqual(1);
    }
    const left = await fakes.readAll();
    expect(expectContinuous(left, log.start, log.end)).toBe(log.dropped);
    expect(left[0]).toMatchObject({ type: 'run', run: this.#run });
    await this.#expectArchived(left);
    log.close();
    this.#run += 1;
    this.fakes = this.#begin(log.end);
    this.readers = this.#newReaders();
  }

  /** Lets the disk do its work before so much time goes by that the log would give up. */
  async #finish(): Promise<void> {
    const { log, clock } = this.fakes;
    let isFinished = false;
    const finished = log.finish().then(() => {
      isFinished = true;
    });
    for (let turns = 200; turns > 0 && !isFinished; turns -= 1) await clock.advance(0);
    await clock.advance(10_000);
    await finished;
  }

  /** What is on disk is what could be read last, as far as it was written. */
  async #expectArchived(left: readonly OutputItem[]): Promise<void> {
    const { log } = this.fakes;
    const archive = await SegmentArchive.open('/job', { disk: this.#disk, end: log.end });
    const items: OutputItem[] = [];
    for (let next = 0; ;) {
      const slice = await archive.read(next, 70_000);
      items.push(...slice.items);
      next = slice.next;
      if (slice.ended) break;
    }
    expectContinuous(items, 0, log.end);
    if (log.isOnDisk) expect(positionsOf(items, log.start)).toEqual(positionsOf(left, log.start));
  }

  #begin(start: number): LogOnFakes {
    return new LogOnFakes({ disk: this.#disk, budget: this.#budget, keepBytes: KEEP_BYTES, start, run: this.#run });
  }

  #newReaders(): { next: number; items: OutputItem[] }[] {
    return [1, 2, 3].map(() => ({ next: this.fakes.log.start, items: [] }));
  }
}

describe('OutputLog', () => {
  test('gives every position as its byte or in one gap, to any reader, whatever disk and memory do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
        const budget = new MemoryBudget(1.2 * MEBIBYTE);
        const jobs = [new Job(budget), new Job(budget)];
        for (const now of steps) await take(now, jobs);
        for (const job of jobs) {
          await job.nextRun();
          job.fakes.log.close();
        }
        expect(budget.used).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

async function take(now: Step, jobs: readonly Job[]): Promise<void> {
  const [one, other] = jobs;
  if (one === undefined || other === undefined) return;
  const job = 'log' in now && now.log === 1 ? other : one;
  if ('append' in now) {
    for (let burst = 0; burst < now.bursts; burst += 1) job.fakes.append(now.append);
  } else if ('read' in now) {
    await job.read(now.reader, now.read);
  } else if ('peek' in now) {
    await job.peek(now.peek);
  } else if ('advance' in now) {
    for (const { fakes } of jobs) await fakes.clock.advance(now.advance);
  } else if ('disk' in now) {
    job.setDisk(now.disk);
  } else {
    await (now.nextRun === 0 ? one : other).nextRun();
  }
}

/** Stretches that can be read, joined. */
function positionsOf(items: readonly OutputItem[], from: number): [number, number][] {
  const stretches: [number, number][] = [];
  for (const item of items) {
    if (item.type !== 'bytes' || item.position + item.bytes.length <= from) continue;
    const last = stretches.at(-1);
    if (last?.[1] === item.position) last[1] += item.bytes.length;
    else stretches.push([item.position, item.position + item.bytes.length]);
  }
  return stretches;
}
