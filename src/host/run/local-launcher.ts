import { randomUUID } from 'node:crypto';

import { PassingMap } from '../../base/passing-map.ts';
import type { Clock } from '../../base/clock.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { Measurement, StopReason } from '../../protocol/run.ts';
import type { Abilities, Launcher, LauncherEvent, RunKey, RunSnapshot } from '../launcher.ts';
import type { SpawnFailure, SpawnSpec, Started } from '../launcher.ts';
import { LauncherEvents } from '../launcher-events.ts';
import { MemoryBudget } from '../output/memory-budget.ts';
import { ProcessSurvey } from '../process-survey.ts';
import type { Child } from './child.ts';
import { Run, type RunSurroundings } from './run.ts';

/** Output that all runs together hold in memory. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/** What runs get to end by themselves when the launcher is closed. */
const CLOSE_GRACE_MS = 2_000;

/** A process that even a kill does not end, as one that waits for a dead disk, must not keep the launcher from closing. */
const CLOSE_MS = 10_000;

/** A run that was asked for: `run` is there once it has started. */
interface Entry {
  readonly answer: Promise<Started | SpawnFailure>;
  run?: Run;
  /** Asked to stop before it had started. */
  stop?: { readonly reason: StopReason; readonly graceMs: number };
  /** Who waits for that. */
  stopAsked?: PromiseWithResolvers<undefined>;
  isForgotten?: boolean;
}

export interface LocalLauncherOptions {
  readonly clock: Clock;
  readonly abilities: Abilities;
  /** Whether orphans became children of this process. */
  readonly hasOrphans: () => boolean;
  /** Whether some of these may have come from elsewhere than from a run. @default false */
  readonly hasOtherOrphans?: boolean;
  /** Whether the process is the main one of a run that was not collected yet. */
  readonly isMain: (pid: number) => boolean;
}

/** What launchers have in common whose runs are children of their own process. How a child is started is the heir's. */
export abstract class LocalLauncher implements Launcher {
  readonly abilities: Abilities;
  readonly #entries = new PassingMap<RunKey, Entry>();
  readonly #events = new LauncherEvents();
  readonly #around: RunSurroundings;
  readonly #epoch = randomUUID();
  #live = 0;
  /** The one run that lives, if there was no other since it was asked for. */
  #alone: RunKey | undefined;
  #isOpen = false;
  #closing: Promise<void> | undefined;

  constructor({ clock, abilities, hasOrphans, hasOtherOrphans = false, isMain }: LocalLauncherOptions) {
    this.abilities = abilities;
    this.#around = {
      clock,
      budget: new MemoryBudget(MEMORY_BYTES),
      survey: new ProcessSurvey(),
      hasOrphans,
      isMain,
      wasAlone: (key) => !hasOtherOrphans && this.#alone === key,
    };
  }

  /** Opened again by the next owner: the earlier one hears nothing more, and what it has not heard is in the answer. */
  open(_generation: number): Promise<{ readonly epoch: string; readonly runs: readonly RunSnapshot[] }> {
    if (this.#closing !== undefined) return Promise.reject(new Error('Cannot open a launcher that was closed'));
    this.#isOpen = true;
    this.#events.restart();
    const runs = [...this.#entries.values()].flatMap(({ run, isForgotten }) =>
      run === undefined || isForgotten === true ? [] : [run.snapshot()],
    );
    return Promise.resolve({ epoch: this.#epoch, runs });
  }

  /** Starts a program; asked for at most once for each key. `stopAsked` resolves if it is to be stopped meanwhile. */
  protected abstract startChild(
    key: RunKey,
    spec: SpawnSpec,
    stopAsked: () => Promise<undefined>,
  ): Promise<Child | SpawnFailure>;

  abstract measure(key: RunKey): Promise<Measurement | undefined>;

  spawn(key: RunKey, spec: SpawnSpec): Promise<Started | SpawnFailure> {
    const known = this.#entries.get(key);
    if (known !== undefined) return known.answer;
    if (!this.#isOpen || this.#closing !== undefined) {
      return Promise.resolve(failure('not-able', 'Cannot start a program: the launcher is not open'));
    }
    const asked = Promise.withResolvers<Started | SpawnFailure>();
    const entry: Entry = { answer: asked.promise };
    this.#entries.set(key, entry);
    asked.resolve(this.#start(key, spec, entry));
    return entry.answer;
  }

  stop(key: RunKey, reason: StopReason, graceMs: number): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry?.run !== undefined) entry.run.stop(reason, graceMs);
    else if (entry !== undefined) {
      entry.stop = { reason: entry.stop?.reason ?? reason, graceMs: Math.min(entry.stop?.graceMs ?? graceMs, graceMs) };
      entry.stopAsked?.resolve(undefined);
    }
    return Promise.resolve();
  }

  signal(key: RunKey, signal: NodeJS.Signals): Promise<boolean> {
    return Promise.resolve(this.#run(key)?.signal(signal) ?? false);
  }

  resize(key: RunKey, columns: number, rows: number): Promise<void> {
    this.#run(key)?.resize(columns, rows);
    return Promise.resolve();
  }

  writeStdin(key: RunKey, offset: number, bytes: Uint8Array): Promise<number> {
    return Promise.resolve(this.#run(key)?.stdin?.write(offset, bytes) ?? -1);
  }

  closeStdin(key: RunKey, offset: number): Promise<void> {
    this.#run(key)?.stdin?.close(offset);
    return Promise.resolve();
  }

  async read(key: RunKey, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    signal?.throwIfAborted();
    return (await this.#run(key)?.log.read(from, maxBytes)) ?? { items: [], next: from, ended: true };
  }

  events(): AsyncIterable<LauncherEvent> {
    return this.#events;
  }

  forget(key: RunKey): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.isForgotten = true;
    if (entry.run === undefined || entry.run.record !== undefined) this.#drop(key, entry);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const entries = [...this.#entries];
    for (const [key] of entries) void this.stop(key, 'shutdown', CLOSE_GRACE_MS);
    await Promise.all(entries.map(([, entry]) => entry.answer));
    const late = Promise.withResolvers<undefined>();
    const timer = this.#around.clock.after(CLOSE_MS, () => {
      late.resolve(undefined);
    });
    const ended = Promise.all(entries.flatMap(([, { run }]) => (run === undefined ? [] : [run.ended])));
    await Promise.race([ended, late.promise]);
    timer[Symbol.dispose]();
    this.#events.close();
    for (const [key, entry] of entries) this.#drop(key, entry);
  }

  async #start(key: RunKey, spec: SpawnSpec, entry: Entry): Promise<Started | SpawnFailure> {
    const unable = refuseAbilities(spec, this.abilities);
    if (unable !== undefined) return unable;
    // From now on: its process may be there before its start is known here.
    this.#alone = this.#live === 0 ? key : undefined;
    this.#live += 1;
    const child = await this.startChild(key, spec, () => {
      entry.stopAsked ??= Promise.withResolvers();
      if (entry.stop !== undefined) entry.stopAsked.resolve(undefined);
      return entry.stopAsked.promise;
    });
    if ('type' in child) {
      this.#live -= 1;
      return child;
    }
    const run = new Run(key, spec, child, this.#around, {
      onGrew: (end) => {
        this.#events.grew(key, end);
      },
      onStdinRoom: (offset) => {
        this.#events.push({ type: 'stdin', key, offset });
      },
      onOutputTrouble: (message) => {
        this.#events.push({ type: 'output-trouble', key, message });
      },
      onFollowed: (started) => {
        this.#events.push({ type: 'started', key, started });
      },
      onEnded: (record) => {
        this.#live -= 1;
        this.#events.push({ type: 'exited', key, record });
        if (entry.isForgotten === true) this.#drop(key, entry);
      },
    });
    entry.run = run;
    this.#events.push({ type: 'started', key, started: run.started });
    if (entry.stop !== undefined) run.stop(entry.stop.reason, entry.stop.graceMs);
    return run.started;
  }

  pid(key: RunKey): number | undefined {
    return this.#run(key)?.started.pid;
  }

  /** The main process of a run that has not ended. */
  protected livePid(key: RunKey): number | undefined {
    const run = this.#run(key);
    return run === undefined || run.record !== undefined ? undefined : run.started.pid;
  }

  /** Runs that have not ended, or have not been forgotten. */
  get size(): number {
    return this.#entries.size;
  }

  #run(key: RunKey): Run | undefined {
    return this.#entries.get(key)?.run;
  }

  #drop(key: RunKey, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
    entry.run?.log.close();
  }
}

/** What is asked for and can't be given here must not be silently left out. */
function refuseAbilities(spec: SpawnSpec, abilities: Abilities): SpawnFailure | undefined {
  const asked: readonly (readonly [boolean, string])[] = [
    [spec.pty !== undefined && !abilities.pty, 'a terminal'],
    [spec.cgroup !== undefined && !abilities.cgroup, 'a control group'],
    [spec.limits !== undefined && !abilities.limits, 'limits'],
    [spec.niceness !== undefined && !abilities.limits, 'a niceness'],
    [spec.capabilities !== undefined && !abilities.limits, 'fewer capabilities'],
    [spec.noNewPrivileges === true && !abilities.limits, 'no new privileges'],
    [spec.unprivileged === true && !abilities.unprivileged, 'no more than the rights of an unprivileged agent'],
    [spec.user !== undefined && !abilities.user, 'another user'],
    [(spec.user?.groups?.length ?? 0) > 0 && !abilities.limits, 'supplementary groups'],
    [spec.mainPid !== undefined && !abilities.reapsOrphans, 'another process to go on as'],
  ];
  const [, what] = asked.find(([isMissing]) => isMissing) ?? [];
  return what === undefined ? undefined : failure('not-able', `Cannot give the program ${what} here`);
}

function failure(kind: SpawnFailure['failure'], message: string): SpawnFailure {
  return { type: 'failed', failure: kind, message };
}
