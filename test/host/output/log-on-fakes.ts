import { MemoryBudget } from '../../../src/host/output/memory-budget.ts';
import { OutputLog, type OutputLogOptions } from '../../../src/host/output/output-log.ts';
import type { OutputItem, OutputSlice } from '../../../src/protocol/output.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { FakeDisk } from '../../fakes/fake-disk.ts';
import { contentAt } from './content.ts';

export const MEBIBYTE = 1024 * 1024;

/** A log on a fake disk, under a fake clock, with what it told its owner. */
export class LogOnFakes {
  readonly clock = new FakeClock();
  readonly disk: FakeDisk;
  readonly budget: MemoryBudget;
  readonly log: OutputLog;
  readonly troubles: string[] = [];
  resumed = 0;

  constructor(options: Partial<OutputLogOptions> & { disk?: FakeDisk } = {}) {
    this.disk = options.disk ?? new FakeDisk();
    this.budget = options.budget ?? new MemoryBudget(32 * MEBIBYTE);
    this.log = new OutputLog({
      directory: '/job',
      start: 0,
      keepBytes: 64 * MEBIBYTE,
      memoryBytes: 64 * 1024,
      run: 1,
      epoch: 0,
      after: (ms, run) => this.clock.after(ms, run),
      onResume: () => {
        this.resumed += 1;
      },
      onTrouble: (message) => this.troubles.push(message),
      ...options,
      budget: this.budget,
      disk: this.disk,
    });
  }

  /** Appends the bytes that belong at the log's end. */
  append(size: number): boolean {
    return this.log.append('stdout', contentAt(this.log.end, size), this.clock.now());
  }

  /** Appends in pieces as pipes give them, letting the disk work in between. */
  async appendSlowly(size: number, piece = 64 * 1024): Promise<void> {
    const end = this.log.end + size;
    while (this.log.end < end) {
      this.append(Math.min(piece, end - this.log.end));
      await this.settle();
    }
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  /** All that can be read from a position to the end. */
  async readAll(from = this.log.start, maxBytes = 100_000): Promise<OutputItem[]> {
    const items: OutputItem[] = [];
    for (let next = from; ;) {
      const slice: OutputSlice = await this.log.read(next, maxBytes);
      items.push(...slice.items);
      if (slice.next === next || slice.ended) return items;
      next = slice.next;
    }
  }
}
