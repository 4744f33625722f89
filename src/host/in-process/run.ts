import type { Clock } from '../../base/clock.ts';
import type { Cleanup, Exit, StopReason, Survivor } from '../../protocol/run.ts';
import type { ExitRecord, RunKey, RunSnapshot, SpawnSpec, Started } from '../launcher.ts';
import type { MemoryBudget } from '../output/memory-budget.ts';
import { OutputLog } from '../output/output-log.ts';
import { isGroupEmpty, signalGroup } from '../process-group.ts';
import type { ProcessSurvey } from '../process-survey.ts';
import { readProcess } from '../procfs.ts';
import { rememberMembers, sweep, type SweepTarget } from '../sweep.ts';
import type { Child } from './child.ts';
import { ChildOutput } from './child-output.ts';
import { StdinFeed } from './stdin-feed.ts';

/** What runs of one launcher share. */
export interface RunSurroundings {
  readonly clock: Clock;
  readonly budget: MemoryBudget;
  readonly survey: ProcessSurvey;
}

/** What a run tells its launcher. */
export interface RunListener {
  onGrew(end: number): void;
  onStdinRoom(offset: number): void;
  onOutputTrouble(message: string): void;
  onEnded(record: ExitRecord): void;
}

/** A look at the family before it is signalled must not hold the signal back for longer: /proc can hang. */
const LOOK_MS = 1_000;

/** What was killed may take this long to close its output. */
const LAST_WORDS_MS = 200;

/** How long killed members of the group may take to be gone, before they are looked for one by one. */
const GROUP_GONE_MS = 50;
const GROUP_POLL_MS = 2;

/**
 * One run: a child process, its output and its end.
 *
 * ```
 * running ── main process ends ──▶ draining ── streams end, or time is over ──▶ clearing ──▶ ended
 *    └─ stop: TERM ── grace ──▶ KILL ──┘                         leftovers of group, session, marker
 * ```
 */
export class Run {
  readonly started: Started;
  readonly log: OutputLog;
  readonly stdin: StdinFeed | undefined;
  readonly #key: RunKey;
  readonly #spec: SpawnSpec;
  readonly #around: RunSurroundings;
  readonly #listener: RunListener;
  readonly #output: ChildOutput;
  readonly #target: SweepTarget;
  readonly #startedAtMonotonic: number;
  readonly #hurry = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  #deadline: Disposable | undefined;
  #killTimer: Disposable | undefined;
  #killAt = Infinity;
  #stop: { readonly reason: StopReason; readonly at: number } | undefined;
  #mainExit: Exit | undefined;
  #mustSweep = false;
  #record: ExitRecord | undefined;

  constructor(key: RunKey, spec: SpawnSpec, child: Child, around: RunSurroundings, listener: RunListener) {
    const { clock, budget } = around;
    this.#key = key;
    this.#spec = spec;
    this.#around = around;
    this.#listener = listener;
    this.#startedAtMonotonic = clock.monotonic();
    this.started = { type: 'started', pid: child.pid, startedAt: clock.now() };
    this.#target = { key, pid: child.pid, startTime: readProcess(child.pid)?.startTime ?? 0, seen: new Map() };
    this.log = new OutputLog({
      ...spec.output,
      run: Number(key.slice(key.lastIndexOf('.') + 1)),
      epoch: this.started.startedAt,
      budget,
      after: (ms, run) => clock.after(ms, run),
      onResume: () => {
        this.#output.resume();
      },
      onTrouble: (message) => {
        listener.onOutputTrouble(message);
      },
    });
    this.#output = new ChildOutput(child, this.log, clock, (end) => {
      listener.onGrew(end);
    });
    this.stdin = this.#feed(child);
    child.onExit((exit) => {
      void this.#onMainExit(exit);
    });
    if (spec.deadline !== undefined) {
      const { afterMs, graceMs } = spec.deadline;
      this.#deadline = clock.after(afterMs, () => {
        this.stop('timeout', graceMs);
      });
    }
  }

  get record(): ExitRecord | undefined {
    return this.#record;
  }

  /** Resolves when the record is there. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  snapshot(): RunSnapshot {
    const { pid, startedAt } = this.started;
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
      this.#mustSweep = true;
      this.#hurry.resolve(undefined);
      return;
    }
    const isFirst = this.#stop === undefined;
    this.#stop ??= { reason, at: clock.now() };
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
    return this.#mainExit === undefined && signalGroup(this.started.pid, signal);
  }

  #feed(child: Child): StdinFeed | undefined {
    const { stdin } = this.#spec;
    if (child.stdin === undefined || stdin.type === 'none') return undefined;
    const feed = new StdinFeed(child.stdin, (offset) => {
      this.#listener.onStdinRoom(offset);
    });
    if (stdin.bytes !== undefined) feed.writeAll(stdin.bytes);
    if (stdin.type === 'bytes') feed.close(feed.offset);
    return feed;
  }

  /** Looks who belongs to the run while parentage still tells, then signals. */
  async #signalFamily(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await Promise.race([rememberMembers(this.#target, this.#around.survey), this.#pause(LOOK_MS)]);
    this.signal(signal);
    // A stopped process takes no TERM before it goes on.
    if (signal === 'SIGTERM') this.signal('SIGCONT');
  }

  async #onMainExit(exit: Exit): Promise<void> {
    const { clock } = this.#around;
    const { drainMs, keep } = this.#spec;
    this.#mainExit = exit;
    this.#deadline?.[Symbol.dispose]();
    this.#killTimer?.[Symbol.dispose]();
    const endedAt = clock.now();
    const durationMs = clock.monotonic() - this.#startedAtMonotonic;
    this.stdin?.destroy();
    const outputOpen = !(await this.#output.drain(drainMs, this.#hurry.promise));
    const { cleanup, survivors } = keep ? { cleanup: 'kept' as const, survivors: [] } : await this.#clear();
    if (outputOpen && !keep) await this.#output.drain(LAST_WORDS_MS, this.#pause(LAST_WORDS_MS));
    this.#output.letGo(keep);
    await this.log.finish();
    this.#record = {
      exit,
      ...(this.#stop && { stop: this.#stop }),
      pid: this.started.pid,
      startedAt: this.started.startedAt,
      endedAt,
      durationMs,
      outputEnd: this.log.end,
      outputDropped: this.log.dropped,
      outputOnDisk: this.log.isOnDisk,
      outputOpen,
      outOfMemory: false,
      survivors,
      cleanup,
    };
    this.#listener.onEnded(this.#record);
    this.#ended.resolve(undefined);
  }

  /** Kills what the main process left behind and says how it is known to be gone. */
  async #clear(): Promise<{ cleanup: Cleanup; survivors: readonly Survivor[] }> {
    const { clock, survey } = this.#around;
    const { pid } = this.started;
    if (this.#stop === undefined && !this.#mustSweep) {
      if (isGroupEmpty(pid)) return { cleanup: 'group', survivors: [] };
      // The pid is free again: if a process has it, the group of that number is not ours.
      if (readProcess(pid) === undefined) signalGroup(pid, 'SIGKILL');
      const until = clock.monotonic() + GROUP_GONE_MS;
      while (clock.monotonic() < until) {
        if (isGroupEmpty(pid)) return { cleanup: 'group', survivors: [] };
        await this.#pause(GROUP_POLL_MS);
      }
    }
    const survivors = await sweep(this.#target, survey, clock);
    return survivors === undefined ? { cleanup: 'none', survivors: [] } : { cleanup: 'sweep', survivors };
  }

  #pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      this.#around.clock.after(ms, () => {
        resolve(undefined);
      });
    });
  }
}
