/** The place of every process a launcher owns: hands what the launcher tells to whoever runs the job. */
import type {
  ExitRecord,
  Launcher,
  LauncherEvent,
  RunSnapshot,
  SpawnFailure,
  SpawnSpec,
  Started,
} from '../host/launcher.ts';
import type { Leftovers } from '../host/leftovers.ts';
import type { Survivor } from '../protocol/run.ts';
import type { Logger } from '../telemetry/logger.ts';
import { assertNever } from '../base/assert-never.ts';
import type { Place, RunEnd, RunKey, RunObserver } from '../engine/process.ts';

export class LauncherPlace implements Place {
  readonly name: string;
  readonly launcher: Launcher;
  readonly #leftovers: Leftovers;
  readonly #logger: Logger;
  readonly #observers = new Map<RunKey, RunObserver>();
  /** Runs found at `open` that nobody has taken over yet, and what was told of them since. */
  readonly #found = new Map<RunKey, RunSnapshot>();
  readonly #unheard = new Map<RunKey, LauncherEvent[]>();
  #listening: Promise<void> = Promise.resolve();

  constructor(launcher: Launcher, leftovers: Leftovers, logger: Logger, name = 'launcher') {
    this.launcher = launcher;
    this.#leftovers = leftovers;
    this.#logger = logger;
    this.name = name;
  }

  get survives(): boolean {
    return this.launcher.abilities.survives;
  }

  async open(generation: number): Promise<{ epoch: string; known: RunKey[] }> {
    const { epoch, runs } = await this.launcher.open(generation);
    for (const run of runs) this.#found.set(run.key, run);
    this.#listening = this.#listen();
    return { epoch, known: runs.map((run) => run.key) };
  }

  async discard(key: RunKey): Promise<void> {
    const forget = (): void => {
      this.forget(key);
    };
    if (this.adopt(key, { grew: () => undefined, exited: forget })?.exit === undefined) {
      await this.launcher.stop(key, 'killed', 0);
    }
  }

  async cleanUp(key: RunKey): Promise<{ cleanup: 'sweep'; survivors: Survivor[] }> {
    return { cleanup: 'sweep', survivors: await this.#leftovers.kill(key) };
  }

  /** Starts a run and tells `observer` of it from then on. */
  async spawn(key: RunKey, spec: SpawnSpec, observer: RunObserver): Promise<Started | SpawnFailure> {
    this.#observers.set(key, observer);
    const answer = await this.launcher.spawn(key, spec);
    if (answer.type === 'failed') this.#observers.delete(key);
    return answer;
  }

  /** Takes over a run found at `open`. Undefined when it isn't known. */
  adopt(key: RunKey, observer: RunObserver): RunSnapshot | undefined {
    const snapshot = this.#found.get(key);
    if (snapshot === undefined) return undefined;
    this.#found.delete(key);
    this.#observers.set(key, observer);
    observer.grew(snapshot.outputEnd);
    observer.stdin?.(snapshot.stdinOffset);
    if (snapshot.exit !== undefined) observer.exited(runEnd(snapshot.exit));
    for (const event of this.#unheard.get(key) ?? []) this.#tell(event);
    this.#unheard.delete(key);
    return snapshot;
  }

  forget(key: RunKey): void {
    this.#observers.delete(key);
    this.launcher.forget(key);
  }

  /** Ends what the launcher has and stops listening. */
  async close(): Promise<void> {
    await this.launcher.close();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    try {
      for await (const event of this.launcher.events()) this.#tell(event);
    } catch (error) {
      this.#logger.error({ error }, 'Cannot hear the launcher any more');
      this.#gone();
    }
  }

  #tell(event: LauncherEvent): void {
    if (event.type === 'gone') {
      this.#gone();
      return;
    }
    const observer = this.#observers.get(event.key);
    if (observer === undefined) {
      if (this.#found.has(event.key)) this.#unheard.set(event.key, [...(this.#unheard.get(event.key) ?? []), event]);
      return;
    }
    switch (event.type) {
      case 'started':
        return;
      case 'grew':
        observer.grew(event.end);
        return;
      case 'exited':
        observer.exited(runEnd(event.record));
        return;
      case 'stdin':
        observer.stdin?.(event.offset);
        return;
      case 'output-trouble':
        observer.outputTrouble?.(event.message);
        return;
      default:
        assertNever(event);
    }
  }

  /** The owner of the processes died: nobody knows how they ended. */
  #gone(): void {
    const observers = [...this.#observers.values()];
    this.#observers.clear();
    for (const observer of observers) observer.exited(lostEnd());
  }
}

function runEnd(record: ExitRecord): RunEnd {
  return {
    ending: { type: 'exit', exit: record.exit, outOfMemory: record.outOfMemory },
    ...(record.stop === undefined ? {} : { stop: record.stop.reason }),
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    outputEnd: record.outputEnd,
    outputDropped: record.outputDropped,
    outputOnDisk: record.outputOnDisk,
    outputOpen: record.outputOpen,
    survivors: record.survivors,
    cleanup: record.cleanup,
    ...(record.usage === undefined ? {} : { usage: record.usage }),
  };
}

/** `outputEnd` 0: the engine knows how far the output had come. */
function lostEnd(): RunEnd {
  return {
    ending: { type: 'lost', message: 'The keeper of the process died while it ran, so how it ended is unknown' },
    startedAt: 0,
    durationMs: 0,
    outputEnd: 0,
    outputDropped: 0,
    outputOnDisk: true,
    outputOpen: false,
    survivors: [],
    cleanup: 'none',
  };
}
