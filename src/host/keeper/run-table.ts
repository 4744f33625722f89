import { PassingMap } from '../../base/passing-map.ts';
import { fault } from '../../base/fault.ts';
import type { ExitRecord, Launcher, LauncherEvent, RunKey, RunSnapshot, Started } from '../launcher.ts';

/** What the keeper knows of a run that was asked for and not forgotten. */
export interface KeptRun {
  readonly key: RunKey;
  readonly outputStart: number;
  /** Missing while it is being started, and when it could not be. */
  started?: Started;
  /** The process that whoever asked for the start was told of. */
  toldPid?: number;
  hasFailed: boolean;
  /** Nothing of it is kept once it has ended. */
  isForgotten: boolean;
  outputEnd: number;
  stdinOffset: number;
  /** How often there was room again for standard input. */
  stdinRooms: number;
  trouble?: string;
  record?: ExitRecord;
}

/**
 * All runs of a launcher with what happened to each last: events come together here whether or not anybody listens, so
 * memory does not grow while the agent is away, and the next one is told everything.
 */
export class RunTable {
  readonly #runs = new PassingMap<RunKey, KeptRun>();
  /** Runs being started, or alive. */
  #live = 0;
  #onNews: (run: KeptRun) => void = () => undefined;
  #onChange: () => void = () => undefined;

  /** Runs that are being started or alive, forgotten ones included, and ended ones that are not forgotten. */
  get size(): number {
    return this.#runs.size;
  }

  get live(): number {
    return this.#live;
  }

  /** Calls `onNews` for every run something happened to, until it is called again. */
  listen(onNews: (run: KeptRun) => void): void {
    this.#onNews = onNews;
  }

  /** Calls `onChange` when a run was added or has gone. */
  watch(onChange: () => void): void {
    this.#onChange = onChange;
  }

  get(key: RunKey): KeptRun | undefined {
    return this.#runs.get(key);
  }

  keys(): RunKey[] {
    return [...this.#runs.values()].map(({ key }) => key);
  }

  /** A run is being started. */
  add(key: RunKey, outputStart: number): KeptRun {
    const run: KeptRun = {
      key,
      outputStart,
      hasFailed: false,
      isForgotten: false,
      outputEnd: outputStart,
      stdinOffset: 0,
      stdinRooms: 0,
    };
    this.#runs.set(key, run);
    this.#live += 1;
    this.#onChange();
    return run;
  }

  /** The start is known to have worked. */
  begin(run: KeptRun, started: Started): void {
    run.started ??= started;
    run.toldPid = started.pid;
    this.#onNews(run);
  }

  /** The start is known to have failed. Kept, as the answer to the same request, until it is forgotten. */
  fail(run: KeptRun): void {
    run.hasFailed = true;
    this.#live -= 1;
    if (run.isForgotten) this.#runs.delete(run.key);
    this.#onChange();
  }

  /** A live run stays until it has ended, so that the keeper does not leave it. */
  forget(key: RunKey): void {
    const run = this.#runs.get(key);
    if (run === undefined) return;
    run.isForgotten = true;
    if (run.record === undefined && !run.hasFailed) return;
    this.#runs.delete(key);
    this.#onChange();
  }

  snapshots(): RunSnapshot[] {
    return [...this.#runs.values()].flatMap(
      ({ key, started, outputStart, outputEnd, stdinOffset, record, isForgotten }) =>
        started === undefined || isForgotten
          ? []
          : {
              key,
              pid: started.pid,
              startedAt: started.startedAt,
              outputStart,
              outputEnd,
              stdinOffset,
              ...(record && { exit: record }),
            },
    );
  }

  /** Follows a launcher's events to their end. */
  async follow(launcher: Launcher, onError: (error: unknown) => void): Promise<void> {
    for await (const event of launcher.events()) {
      try {
        this.#take(event);
      } catch (error) {
        onError(error);
      }
    }
  }

  #take(event: LauncherEvent): void {
    if (event.type === 'gone') return;
    const run = this.#runs.get(event.key);
    if (run === undefined) return;
    switch (event.type) {
      case 'started':
        // The answer to the start tells the first one; another one is told when a helper made way.
        if (run.started === undefined || run.started.pid === event.started.pid)
          return void (run.started ??= event.started);
        run.started = event.started;
        break;
      case 'grew':
        run.outputEnd = Math.max(run.outputEnd, event.end);
        break;
      case 'stdin':
        run.stdinOffset = Math.max(run.stdinOffset, event.offset);
        run.stdinRooms += 1;
        break;
      case 'output-trouble':
        run.trouble = event.message;
        break;
      case 'exited':
        run.record = event.record;
        fault('keeper.exit.recorded');
        run.outputEnd = Math.max(run.outputEnd, event.record.outputEnd);
        this.#live -= 1;
        if (run.isForgotten) this.#runs.delete(event.key);
        this.#onChange();
        break;
    }
    this.#onNews(run);
  }
}
