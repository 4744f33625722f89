import type { Clock } from '../../src/base/clock.ts';
import { LauncherEvents } from '../../src/host/launcher-events.ts';
import type {
  Abilities,
  ExitRecord,
  Launcher,
  LauncherEvent,
  RunKey,
  RunSnapshot,
  SpawnFailure,
  SpawnSpec,
  Started,
} from '../../src/host/launcher.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import type { OutputItem, OutputSlice, OutputStream } from '../../src/protocol/output.ts';
import type { Exit, Measurement, StopReason } from '../../src/protocol/run.ts';
import { endOfItems, readItems } from './output-items.ts';

/** A run that a {@link FakeKeeper} has. */
export interface KeptRun {
  readonly key: RunKey;
  readonly pid: number;
  readonly startedAt: number;
  readonly outputStart: number;
  readonly items: OutputItem[];
  stdin: Buffer;
  stop: { readonly reason: StopReason; readonly at: number } | undefined;
  killTimer: Disposable | undefined;
  record: ExitRecord | undefined;
  isForgotten: boolean;
}

/**
 * Keeps runs across agents, as the process does that owns the children: a launcher that survives. Nothing runs; a test
 * says what each run says and how it ends. A stop ends it at once, unless it `ignoresTerm`.
 */
export class FakeKeeper {
  readonly runs = new Map<RunKey, KeptRun>();
  /** Every key that a process was made for, in order. */
  readonly spawned: RunKey[] = [];
  /** Answers instead of the next spawns; an error rejects them. */
  readonly spawnFailures: (SpawnFailure | Error)[] = [];
  /** What a read, a stop and every other call is answered with while it is set. */
  trouble: Error | undefined;
  /** Why nothing can be started: spawns are refused without being asked. */
  silence: string | undefined;
  /** Nothing that is asked reaches it. */
  isDeaf = false;
  ignoresTerm = false;
  /** What every run uses, and how often that was asked. */
  use: Measurement | undefined;
  measured = 0;
  /** Answers of spawns wait for it; the processes are there already. */
  spawnAnswers: Promise<unknown> = Promise.resolve();
  readonly #clock: Clock;
  #epochs = 1;
  #pids = 1000;
  #connection: FakeConnection | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get epoch(): string {
    return `epoch ${this.#epochs}`;
  }

  /** Runs that have not ended, by key. */
  get running(): KeptRun[] {
    return [...this.runs.values()].filter(({ record }) => record === undefined);
  }

  /** The launcher of the next agent. The one before hears no more. */
  connect(): Launcher {
    this.#connection?.feed.close();
    this.#connection = new FakeConnection(this);
    return this.#connection;
  }

  /** The agent died: what it had asked for is not answered any more. */
  disconnect(): void {
    this.#connection = undefined;
  }

  owns(connection: FakeConnection): boolean {
    return this.#connection === connection;
  }

  say(key: RunKey, said: string | Uint8Array, stream: OutputStream = 'stdout'): void {
    const run = this.#run(key);
    const position = endOf(run);
    run.items.push({ type: 'bytes', stream, position, epoch: this.#clock.now(), bytes: Buffer.from(said) });
    this.#connection?.feed.grew(key, endOf(run));
  }

  exit(key: RunKey, exit: Exit = { code: 0 }): void {
    const run = this.#run(key);
    if (run.record !== undefined) return;
    run.killTimer?.[Symbol.dispose]();
    run.record = {
      exit,
      ...(run.stop === undefined ? {} : { stop: run.stop }),
      pid: run.pid,
      startedAt: run.startedAt,
      endedAt: this.#clock.now(),
      durationMs: this.#clock.now() - run.startedAt,
      outputEnd: endOf(run),
      outputDropped: 0,
      outputOnDisk: false,
      outputOpen: false,
      outOfMemory: false,
      survivors: [],
      cleanup: 'group',
    };
    this.#connection?.feed.push({ type: 'exited', key, record: run.record });
    if (run.isForgotten) this.runs.delete(key);
  }

  /** The keeper dies with everything it has, and another one begins. */
  die(): void {
    for (const run of this.runs.values()) run.killTimer?.[Symbol.dispose]();
    this.runs.clear();
    this.#epochs += 1;
    this.#connection?.feed.push({ type: 'gone', epoch: this.epoch });
  }

  start(key: RunKey, spec: SpawnSpec): KeptRun {
    const known = this.runs.get(key);
    if (known !== undefined) return known;
    const run: KeptRun = {
      key,
      pid: (this.#pids += 1),
      startedAt: this.#clock.now(),
      outputStart: spec.output.start,
      items: [],
      stdin: Buffer.from(spec.stdin.type === 'stream' ? (spec.stdin.bytes ?? []) : []),
      stop: undefined,
      killTimer: undefined,
      record: undefined,
      isForgotten: false,
    };
    const number = Number(key.slice(key.lastIndexOf('.') + 1));
    run.items.push({ type: 'run', run: number, position: run.outputStart, epoch: run.startedAt });
    this.runs.set(key, run);
    this.spawned.push(key);
    return run;
  }

  stop(key: RunKey, reason: StopReason, graceMs: number): void {
    const run = this.runs.get(key);
    if (run === undefined || run.record !== undefined) return;
    run.stop ??= { reason, at: this.#clock.now() };
    if (graceMs > 0 && !this.ignoresTerm) {
      this.exit(key, { signal: 'SIGTERM' });
      return;
    }
    run.killTimer?.[Symbol.dispose]();
    run.killTimer = this.#clock.after(graceMs, () => this.exit(key, { signal: 'SIGKILL' }));
  }

  forget(key: RunKey): void {
    const run = this.runs.get(key);
    if (run === undefined) return;
    run.isForgotten = true;
    if (run.record !== undefined) this.runs.delete(key);
  }

  #run(key: RunKey): KeptRun {
    const run = this.runs.get(key);
    if (run === undefined) throw new Error(`The keeper has no run ${key}`);
    return run;
  }
}

/** A {@link FakeKeeper} as one agent has it. */
class FakeConnection implements Launcher {
  readonly abilities: Abilities = {
    survives: true,
    reapsOrphans: true,
    pty: true,
    cgroup: false,
    user: false,
    limits: false,
    stdoutIsPipe: true,
    redaction: true,
    unprivileged: false,
  };
  readonly feed = new LauncherEvents();
  readonly #keeper: FakeKeeper;

  constructor(keeper: FakeKeeper) {
    this.#keeper = keeper;
  }

  get trouble(): string | undefined {
    return this.#keeper.silence;
  }

  events(): AsyncIterable<LauncherEvent> {
    return this.feed;
  }

  async open(): Promise<{ epoch: string; runs: RunSnapshot[] }> {
    const runs = [...this.#keeper.runs.values()].map((run) => ({
      key: run.key,
      pid: run.pid,
      startedAt: run.startedAt,
      outputStart: run.outputStart,
      outputEnd: endOf(run),
      stdinOffset: run.stdin.length,
      ...(run.record === undefined ? {} : { exit: run.record }),
    }));
    return { epoch: this.#keeper.epoch, runs };
  }

  async spawn(key: RunKey, spec: SpawnSpec): Promise<Started | SpawnFailure> {
    await this.#reach();
    if (this.trouble !== undefined) throw new AgentError('keeper-unavailable', this.trouble);
    const failure = this.#keeper.spawnFailures.shift();
    if (failure instanceof Error) throw failure;
    if (failure !== undefined) return failure;
    const { pid, startedAt } = this.#keeper.start(key, spec);
    await this.#keeper.spawnAnswers;
    await this.#reach();
    return { type: 'started', pid, startedAt };
  }

  async stop(key: RunKey, reason: StopReason, graceMs: number): Promise<void> {
    await this.#reach();
    this.#keeper.stop(key, reason, graceMs);
  }

  async signal(key: RunKey, signal: NodeJS.Signals): Promise<boolean> {
    await this.#reach();
    if (this.#keeper.runs.get(key)?.record !== undefined) return false;
    this.#keeper.exit(key, { signal });
    return true;
  }

  async resize(): Promise<void> {
    await this.#reach();
  }

  async writeStdin(key: RunKey, offset: number, bytes: Uint8Array): Promise<number> {
    await this.#reach();
    const run = this.#keeper.runs.get(key);
    if (run === undefined || run.record !== undefined) return -1;
    if (offset <= run.stdin.length) {
      run.stdin = Buffer.concat([run.stdin, bytes.subarray(run.stdin.length - offset)]);
    }
    return run.stdin.length;
  }

  async closeStdin(): Promise<void> {
    await this.#reach();
  }

  async read(key: RunKey, from: number, maxBytes: number): Promise<OutputSlice> {
    await this.#reach();
    const run = this.#keeper.runs.get(key);
    if (run === undefined) return { items: [], next: from, ended: true };
    return readItems(run.items, from, maxBytes, run.record !== undefined);
  }

  pid(key: RunKey): number | undefined {
    return this.#keeper.runs.get(key)?.pid;
  }

  async measure(): Promise<Measurement | undefined> {
    await this.#reach();
    this.#keeper.measured += 1;
    return this.#keeper.use;
  }

  forget(key: RunKey): void {
    if (this.#keeper.owns(this)) this.#keeper.forget(key);
  }

  async close(): Promise<void> {
    if (this.#keeper.owns(this)) this.#keeper.disconnect();
    this.feed.close();
  }

  /** Calls of an agent that is dead are never answered. */
  async #reach(): Promise<void> {
    if (!this.#keeper.owns(this) || this.#keeper.isDeaf) await new Promise(() => undefined);
    if (this.#keeper.trouble !== undefined) throw this.#keeper.trouble;
  }
}

function endOf(run: KeptRun): number {
  return Math.max(run.outputStart, endOfItems(run.items));
}
