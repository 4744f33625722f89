import type { Exit, StopReason, Usage } from '../../protocol/run.ts';
import { wasMemoryFull } from '../confine/group-memory.ts';
import type { ExitRecord, RunKey, RunSnapshot, SpawnSpec, Started } from '../launcher.ts';
import type { MemoryBudget } from '../output/memory-budget.ts';
import { OutputLog } from '../output/output-log.ts';
import { signalGroup, signalProcessNow } from '../process-group.ts';
import { withoutSecrets } from '../redact/redacted-source.ts';
import type { Child } from './child.ts';
import { followedChild } from './followed-child.ts';
import { type FamilySurroundings, RunFamily } from './run-family.ts';
import { RunOutput } from './run-output.ts';
import { StdinFeed } from './stdin-feed.ts';

/** What runs of one launcher share. */
export interface RunSurroundings extends FamilySurroundings {
  readonly budget: MemoryBudget;
}

/** What a run tells its launcher. */
export interface RunListener {
  onGrew(end: number): void;
  onStdinRoom(offset: number): void;
  onOutputTrouble(message: string): void;
  /** The run goes on as another process. */
  onFollowed(started: Started): void;
  onEnded(record: ExitRecord): void;
}

/** How shells exit whose program was killed. */
const KILLED_CODE = 137;

/** What was killed may take this long to close its output. */
const LAST_WORDS_MS = 200;

/**
 * One run: a child process, its output and its end.
 *
 * ```
 * running ── main process ends ──▶ draining ── streams end, or time is over ──▶ clearing ──▶ ended
 *    └─ stop: TERM ── grace ──▶ KILL ──┘                         leftovers of group, session, marker
 * ```
 */
export class Run {
  readonly log: OutputLog;
  readonly stdin: StdinFeed | undefined;
  readonly #key: RunKey;
  readonly #ending: Pick<SpawnSpec, 'drainMs' | 'keep' | 'mainPid'>;
  readonly #around: RunSurroundings;
  readonly #listener: RunListener;
  readonly #output: RunOutput;
  readonly #startedAtMonotonic: number;
  readonly #hurry = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  #child: Child;
  #family: RunFamily;
  #started: Started;
  #deadline: Disposable | undefined;
  #killTimer: Disposable | undefined;
  #killAt = Infinity;
  #stop: { readonly reason: StopReason; readonly at: number } | undefined;
  #mainExit: Exit | undefined;
  #record: ExitRecord | undefined;

  constructor(key: RunKey, spec: SpawnSpec, child: Child, around: RunSurroundings, listener: RunListener) {
    const { clock, budget } = around;
    this.#key = key;
    // What it was started with, its environment above all, is not needed as long as it lives.
    this.#ending = { drainMs: spec.drainMs, keep: spec.keep, ...(spec.mainPid && { mainPid: spec.mainPid }) };
    this.#around = around;
    this.#listener = listener;
    this.#child = child;
    this.#family = new RunFamily(key, child, around);
    this.#startedAtMonotonic = clock.monotonic();
    this.#started = { type: 'started', pid: child.pid, startedAt: clock.now() };
    this.log = new OutputLog({
      ...spec.output,
      run: Number(key.slice(key.lastIndexOf('.') + 1)),
      epoch: this.#started.startedAt,
      budget,
      after: (ms, run) => clock.after(ms, run),
      onResume: () => {
        this.#output.resume();
      },
      onTrouble: (message) => {
        listener.onOutputTrouble(message);
      },
    });
    const outputs = withoutSecrets(child.outputs, spec.redact, clock);
    this.#output = new RunOutput(outputs, this.log, clock, (end) => {
      listener.onGrew(end);
    });
    void this.#output.ended.then(() => this.#child.expectEnd?.());
    this.stdin = this.#feed(child, spec.stdin);
    this.#awaitExit(child);
    if (spec.deadline !== undefined) {
      const { afterMs, graceMs } = spec.deadline;
      this.#deadline = clock.after(afterMs, () => {
        this.stop('timeout', graceMs);
      });
    }
  }

  get started(): Started {
    return this.#started;
  }

  get record(): ExitRecord | undefined {
    return this.#record;
  }

  /** Resolves when the record is there. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  snapshot(): RunSnapshot {
    const { pid, startedAt } = this.#started;
    const exit = this.#record;
    return {
      key: this.#key,
      pid,
      startedAt,
      outputStart: this.log.start,
      outputEnd: this.log.end,
      stdinOffset: this.stdin?.offset ?? 0,
      ...(exit && { exit }),
    };
  }

  /** Asks the run to end. Only the first reason counts, but a shorter grace always does. */
  stop(reason: StopReason, graceMs: number): void {
    const { clock } = this.#around;
    if (this.#mainExit !== undefined) {
      this.#family.mustBeLookedFor();
      this.#hurry.resolve(undefined);
      return;
    }
    const isFirst = this.#stop === undefined;
    this.#stop ??= { reason, at: clock.now() };
    this.#family.mustBeLookedFor();
    if (isFirst && graceMs > 0) void this.#signalFamily('SIGTERM');
    const killAt = clock.monotonic() + graceMs;
    if (killAt >= this.#killAt) return;
    this.#killAt = killAt;
    this.#killTimer?.[Symbol.dispose]();
    this.#killTimer = clock.after(graceMs, () => {
      void this.#signalFamily('SIGKILL');
    });
  }

  /** Signals the main process's group. False once the main process has ended. */
  signal(signal: NodeJS.Signals): boolean {
    const { pid } = this.#started;
    if (this.#mainExit !== undefined) return false;
    // What a helper left may lead no group of its own.
    return signalGroup(pid, signal) || (this.#child.isPinned && signalProcessNow(pid, signal));
  }

  resize(columns: number, rows: number): void {
    if (this.#record === undefined) this.#child.resize?.(columns, rows);
  }

  #feed(child: Child, stdin: SpawnSpec['stdin']): StdinFeed | undefined {
    if (child.stdin === undefined) return undefined;
    const feed = new StdinFeed(child.stdin, (offset) => {
      this.#listener.onStdinRoom(offset);
    });
    if (stdin.type !== 'none' && stdin.bytes !== undefined) feed.writeAll(stdin.bytes);
    if (stdin.type === 'bytes') feed.close(feed.offset);
    return feed;
  }

  #awaitExit(child: Child): void {
    child.onExit((exit) => {
      void this.#onExit(exit);
    });
  }

  /** Looks who belongs to the run while parentage still tells, then signals. */
  async #signalFamily(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#family.remember();
    this.signal(signal);
    // A stopped process takes no TERM before it goes on.
    if (signal === 'SIGTERM') this.signal('SIGCONT');
  }

  async #onExit(exit: Exit): Promise<void> {
    const followed = await followedChild(this.#child, this.#ending, exit, this.#around.clock);
    if (followed === undefined) {
      await this.#onMainExit(exit);
      return;
    }
    this.#child.collect();
    this.#child = followed;
    this.#family = this.#family.under(followed);
    this.#started = { ...this.#started, pid: followed.pid };
    this.#listener.onFollowed(this.#started);
    this.#awaitExit(followed);
    if (this.#stop !== undefined) this.#stopAgain();
  }

  /** What the helper was asked at its very end, the process it left has not heard. */
  #stopAgain(): void {
    const isTimeOver = this.#around.clock.monotonic() >= this.#killAt;
    void this.#signalFamily(isTimeOver ? 'SIGKILL' : 'SIGTERM');
  }

  async #onMainExit(exit: Exit): Promise<void> {
    const { clock } = this.#around;
    const { drainMs, keep } = this.#ending;
    this.#mainExit = exit;
    this.#deadline?.[Symbol.dispose]();
    this.#killTimer?.[Symbol.dispose]();
    const endedAt = clock.now();
    const durationMs = clock.monotonic() - this.#startedAtMonotonic;
    this.stdin?.destroy();
    const outputOpen = !(await this.#output.drain(drainMs, this.#hurry.promise));
    const { cleanup, survivors, usage, outOfMemory } = await this.#family.end(keep);
    const wasFull = outOfMemory || (await this.#wasMemoryFull(exit));
    if (outputOpen && !keep) await this.#output.drain(LAST_WORDS_MS, Promise.withResolvers().promise);
    this.#output.letGo(keep);
    await this.log.finish();
    this.#record = {
      exit,
      ...(this.#stop && { stop: this.#stop }),
      pid: this.#started.pid,
      startedAt: this.#started.startedAt,
      endedAt,
      durationMs,
      outputEnd: this.log.end,
      outputDropped: this.log.dropped,
      outputOnDisk: this.log.isOnDisk,
      outputOpen,
      outOfMemory: wasFull,
      survivors,
      cleanup,
      ...(usage && { usage: usage satisfies Usage }),
    };
    this.#listener.onEnded(this.#record);
    this.#ended.resolve(undefined);
  }

  /** What a helper made is not in a control group of ours; others in it may have been ended, and not this one. */
  async #wasMemoryFull(exit: Exit): Promise<boolean> {
    const group = this.#ending.mainPid?.group;
    const isKilled = 'signal' in exit ? exit.signal === 'SIGKILL' : exit.code === KILLED_CODE;
    return group !== undefined && isKilled && this.#stop === undefined && (await wasMemoryFull(group));
  }
}
