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
import { PassingMap } from '../base/passing-map.ts';
import type { Cleared, Leftovers } from '../host/leftovers.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import type { ProcessIdentity, StopReason } from '../protocol/run.ts';
import type { Logger } from '../telemetry/logger.ts';
import { fault, faultNextTurn } from '../base/fault.ts';
import { assertNever } from '../base/assert-never.ts';
import type { AdoptedRun, Place, RunEnd, RunKey, RunObserver } from '../engine/process.ts';
import { LaunchedProcess } from './launched-process.ts';

export class LauncherPlace implements Place {
  readonly name: string;
  readonly launcher: Launcher;
  readonly #leftovers: Pick<Leftovers, 'kill'>;
  readonly #logger: Logger;
  /** Of runs that have not ended. */
  readonly #observers = new PassingMap<RunKey, RunObserver>();
  /** Runs found at `open` that nobody has taken over yet, and what was told of them since. */
  readonly #found = new PassingMap<RunKey, RunSnapshot>();
  readonly #unheard = new PassingMap<RunKey, LauncherEvent[]>();
  /** Runs that nobody has any more and that could not be told to end. */
  readonly #abandoned = new Set<RunKey>();
  #epoch = '';
  #isUnprivileged = false;
  #listening: Promise<void> = Promise.resolve();

  constructor(launcher: Launcher, leftovers: Pick<Leftovers, 'kill'>, logger: Logger, name = 'launcher') {
    this.launcher = launcher;
    this.#leftovers = leftovers;
    this.#logger = logger;
    this.name = name;
  }

  get survives(): boolean {
    return this.launcher.abilities.survives;
  }

  /** Whether whatever starts here has no more than the rights of an unprivileged agent. */
  get isUnprivileged(): boolean {
    return this.#isUnprivileged;
  }

  /** Makes it so for all that starts from now on. There is no way back. */
  unprivilege(): void {
    this.#isUnprivileged = true;
  }

  get epoch(): string {
    return this.#epoch;
  }

  get trouble(): string | undefined {
    return this.launcher.trouble;
  }

  async open(generation: number): Promise<RunKey[]> {
    const { epoch, runs } = await this.launcher.open(generation);
    this.#epoch = epoch;
    for (const run of runs) this.#found.set(run.key, run);
    this.#listening = this.#listen();
    return runs.map((run) => run.key);
  }

  async discard(key: RunKey): Promise<void> {
    const ends: RunEnd[] = [];
    this.adopt(key, {
      grew: () => undefined,
      exited: (end) => {
        ends.push(end);
        this.launcher.forget(key);
      },
    });
    if (ends.length === 0) await this.launcher.stop(key, 'killed', 0);
  }

  stop(key: RunKey, reason: StopReason, graceMs: number): Promise<void> {
    return this.launcher.stop(key, reason, graceMs);
  }

  cleanUp(key: RunKey, main?: ProcessIdentity): Promise<Cleared> {
    return this.#leftovers.kill(key, main);
  }

  /**
   * Starts a run and tells `observer` of it from then on. Rejects when the launcher does: then nobody knows whether it
   * runs, unless the error is `keeper-unavailable`: then nobody was asked.
   */
  async spawn(key: RunKey, spec: SpawnSpec, observer: RunObserver): Promise<Started | SpawnFailure> {
    this.#observers.set(key, observer);
    try {
      const bound = this.#isUnprivileged ? { ...spec, unprivileged: true } : spec;
      const answering = this.launcher.spawn(key, bound);
      observer.asked?.();
      faultNextTurn('agent.spawn.sent');
      const answer = await answering;
      fault('agent.spawn.answered');
      if (answer.type === 'failed') this.#drop(key);
      return answer;
    } catch (error) {
      this.#observers.delete(key);
      if (!isAgentError(error) || error.code !== 'keeper-unavailable') void this.#abandon(key);
      throw error;
    }
  }

  adopt(key: RunKey, observer: RunObserver): AdoptedRun | undefined {
    const snapshot = this.#found.get(key);
    if (snapshot === undefined) return undefined;
    const { pid, startedAt, outputEnd, exit } = snapshot;
    this.#found.delete(key);
    observer.grew(outputEnd);
    if (exit === undefined) this.#observers.set(key, observer);
    else observer.exited(runEnd(exit));
    for (const event of this.#unheard.get(key) ?? []) this.#tell(event);
    this.#unheard.delete(key);
    return { process: new LaunchedProcess(this.launcher, key, pid), startedAt };
  }

  /** Ends what the launcher has and stops listening. */
  async close(): Promise<void> {
    await this.launcher.close();
    await this.#listening;
  }

  /** Nothing was started: neither here nor there is anything to be kept of it. */
  #drop(key: RunKey): void {
    this.#observers.delete(key);
    this.launcher.forget(key);
  }

  /** Whatever becomes of a run that was given up, it is nobody's any more: it is ended as soon as that can be asked. */
  async #abandon(key: RunKey): Promise<void> {
    this.#abandoned.add(key);
    try {
      await this.launcher.stop(key, 'killed', 0);
    } catch {
      // It is asked again when something is heard of it.
      return;
    }
    this.#abandoned.delete(key);
    this.launcher.forget(key);
  }

  async #listen(): Promise<void> {
    try {
      for await (const event of this.launcher.events()) this.#tell(event);
    } catch (error) {
      this.#logger.error({ error: errorMessage(error) }, 'Cannot hear the launcher any more');
      this.#gone();
    }
  }

  /** What one run's observer throws is not felt by the others. */
  #tell(event: LauncherEvent): void {
    try {
      this.#hand(event);
    } catch (error) {
      this.#logger.error({ event: event.type, error: errorMessage(error) }, 'An event of a run could not be handled');
    }
  }

  #hand(event: LauncherEvent): void {
    if (event.type === 'gone') {
      this.#epoch = event.epoch;
      this.#gone();
      return;
    }
    const observer = this.#observers.get(event.key);
    if (observer === undefined) {
      if (this.#abandoned.has(event.key)) void this.#abandon(event.key);
      else this.#remember(event.key, event);
      return;
    }
    switch (event.type) {
      case 'started':
        observer.mainProcess?.(event.started.pid);
        return;
      case 'grew':
        observer.grew(event.end);
        return;
      case 'exited':
        fault('agent.exit.heard');
        this.#observers.delete(event.key);
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

  #remember(key: RunKey, event: LauncherEvent): void {
    if (this.#found.has(key)) this.#unheard.set(key, [...(this.#unheard.get(key) ?? []), event]);
  }

  /** The owner of the processes died: nobody knows how they ended. What ended before is known. */
  #gone(): void {
    this.#found.clear();
    this.#unheard.clear();
    this.#abandoned.clear();
    const observers = [...this.#observers];
    this.#observers.clear();
    for (const [key, observer] of observers) {
      // It may have been asked for just now, of the one that took over.
      void this.#abandon(key);
      observer.exited(lostEnd());
    }
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
