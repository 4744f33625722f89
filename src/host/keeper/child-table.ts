import { PassingMap } from '../../base/passing-map.ts';
import type { Exit, Usage } from '../../protocol/run.ts';
import { collectChild, type EndedChild, isChild, isOrphan, peekChild, peekEndedChild } from './libc.ts';

/** A signal may be lost or come too early: the table is looked over this often besides. */
const TICK_MS = 1_000;

/** Asking for each child by itself is quick for so many; for more it is done at most every `LOOK_EVERY_MS`. */
const FEW = 64;
const LOOK_EVERY_MS = 5;

/** To ask for any child, the kernel looks at one after the other: with so many it is done less often, the more the less. */
const MANY = 256;
const LOOK_EVERY_MS_PER_CHILD = 0.02;

/** A child that fell silent is asked for so often; it may live on without a word. */
const ASK_TIMES = 8;

/** What is known of a child that ended before it was announced. */
interface EarlyEnd {
  readonly exit: Exit;
  readonly usage: Usage | undefined;
}

interface Watched {
  readonly onExit: (exit: Exit) => void;
  hasEnded: boolean;
  /** Present once it was collected. */
  collected?: { readonly usage: Usage | undefined };
}

/**
 * Every child of this process. Tells the end of those that are watched and leaves them uncollected, so that their pids
 * stay their own, until they are asked to be; collects all others, which are orphans, as they end.
 */
export class ChildTable {
  readonly #watched = new PassingMap<number, Watched>();
  /** Ends of children nobody watched yet, while some start is under way. */
  readonly #early = new Map<number, EarlyEnd>();
  /** Ends of orphans, while one of them may be waited for. */
  readonly #earlyOrphans = new Map<number, EarlyEnd>();
  /** Children whose output has ended, and how often they are asked for still. */
  readonly #silent = new Map<number, number>();
  #starting = 0;
  #heirs = 0;
  #lookedAt = -Infinity;
  #isLookPlanned = false;
  #later: NodeJS.Timeout | undefined;
  #lookedBehindAt = -Infinity;
  readonly #onSignal = (): void => {
    this.#planLook();
  };
  readonly #ticking: NodeJS.Timeout;

  constructor() {
    process.on('SIGCHLD', this.#onSignal);
    this.#ticking = setInterval(() => {
      this.#look();
    }, TICK_MS).unref();
  }

  /** A child is about to be started: until it is watched or has failed, ends of unknown children are remembered. */
  expect(): Disposable {
    this.#starting += 1;
    return {
      [Symbol.dispose]: () => {
        this.#starting -= 1;
        if (this.#starting === 0) this.#early.clear();
      },
    };
  }

  /** An orphan is to be watched later: until then ends of orphans are remembered. */
  expectHeir(): Disposable {
    this.#heirs += 1;
    return {
      [Symbol.dispose]: () => {
        this.#heirs -= 1;
        if (this.#heirs === 0) this.#earlyOrphans.clear();
      },
    };
  }

  /** Tells once, in a later turn of the loop, when the child has ended, be it one that was started here or an orphan. */
  watch(pid: number, kind: 'started' | 'orphan', onExit: (exit: Exit) => void): void {
    const watched: Watched = { onExit, hasEnded: false };
    this.#watched.set(pid, watched);
    // The number may have been an orphan's a moment ago, whose end is none of this one's.
    const ends = kind === 'started' ? this.#early : this.#earlyOrphans;
    const early = ends.get(pid);
    ends.delete(pid);
    if (early === undefined) {
      this.#planLook();
      return;
    }
    watched.hasEnded = true;
    watched.collected = { usage: early.usage };
    setImmediate(onExit, early.exit);
  }

  /** Its output has ended: most likely it has too, or will in a moment. */
  expectEnd(pid: number): void {
    if (this.#watched.get(pid)?.hasEnded !== false) return;
    this.#silent.set(pid, ASK_TIMES);
    this.#planLook();
  }

  /** Whether its pid is its own until it is collected. */
  isPinned(pid: number): boolean {
    const watched = this.#watched.get(pid);
    return watched !== undefined && watched.collected === undefined;
  }

  /** Lets a watched child go: collects it if it has ended. What it used, if that is known. */
  collect(pid: number): Usage | undefined {
    const watched = this.#watched.get(pid);
    if (watched === undefined) return undefined;
    this.#watched.delete(pid);
    this.#silent.delete(pid);
    const usage = watched.collected === undefined ? collectChild(pid) : watched.collected.usage;
    // Others may have stood behind it.
    this.#planLook();
    return usage;
  }

  /** Whether a process nobody watches is a child of this one, or was an orphan whose end is remembered. */
  has(pid: number): boolean {
    return !this.#watched.has(pid) && (this.#earlyOrphans.has(pid) || isChild(pid));
  }

  close(): void {
    process.off('SIGCHLD', this.#onSignal);
    clearInterval(this.#ticking);
    clearTimeout(this.#later);
  }

  /** Tells and collects what has ended by now. */
  #look(): void {
    this.#askSilent();
    if (this.#watched.size > MANY && !this.#isTimeForAll()) return;
    for (;;) {
      const ended = peekEndedChild();
      if (ended === undefined) return;
      const watched = this.#watched.get(ended.pid);
      if (watched === undefined) {
        this.#collectUnknown(ended);
        continue;
      }
      if (watched.hasEnded) {
        this.#lookBehind();
      } else {
        // Most are collected as soon as they are told, and then no longer stand before the next.
        this.#tell(watched, ended.exit);
        this.#planLook();
      }
      return;
    }
  }

  /** Asking for one child by its pid takes the same time however many there are. */
  #askSilent(): void {
    for (const [pid, times] of this.#silent) {
      const watched = this.#watched.get(pid);
      const ended = watched?.hasEnded === false ? peekChild(pid) : undefined;
      if (watched !== undefined && ended !== undefined) this.#tell(watched, ended.exit);
      if (ended !== undefined || watched?.hasEnded !== false || times <= 1) this.#silent.delete(pid);
      else this.#silent.set(pid, times - 1);
    }
  }

  #isTimeForAll(): boolean {
    const now = performance.now();
    const everyMs = this.#watched.size * LOOK_EVERY_MS_PER_CHILD;
    if (now - this.#lookedAt >= everyMs) {
      this.#lookedAt = now;
      return true;
    }
    this.#lookLater(everyMs);
    return false;
  }

  #lookLater(ms: number): void {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      this.#look();
    }, ms);
  }

  /** The loop reads what pipes hold before it comes to this: most children are heard out when their end is told. */
  #planLook(): void {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    setImmediate(() => {
      this.#isLookPlanned = false;
      this.#look();
    });
  }

  #tell(watched: Watched, exit: Exit): void {
    watched.hasEnded = true;
    watched.onExit(exit);
  }

  #collectUnknown({ pid, exit }: EndedChild): void {
    const ends = isOrphan(pid) ? this.#earlyOrphans : this.#early;
    const usage = collectChild(pid);
    if (ends === this.#early ? this.#starting > 0 : this.#heirs > 0) ends.set(pid, { exit, usage });
  }

  /** One that is not collected yet stands before all that ended later: these are asked for one by one. */
  #lookBehind(): void {
    const now = performance.now();
    if (this.#watched.size > FEW && now - this.#lookedBehindAt < LOOK_EVERY_MS) {
      this.#lookLater(LOOK_EVERY_MS);
      return;
    }
    this.#lookedBehindAt = now;
    for (const [pid, watched] of this.#watched) {
      if (watched.hasEnded) continue;
      const ended = peekChild(pid);
      if (ended !== undefined) this.#tell(watched, ended.exit);
    }
  }
}
