import { AgentError } from '../../protocol/agent-error.ts';
import type { OutputSlice } from '../../protocol/output.ts';
import type { Measurement, StopReason } from '../../protocol/run.ts';
import { FrameError, keepBytes } from '../keeper/frames.ts';
import {
  ASK,
  KEEPER_PROTOCOL,
  LARGEST_READ,
  LARGEST_STDIN,
  type ReadAnswer,
  type SpawnRequest,
} from '../keeper/protocol.ts';
import { readSlice } from '../keeper/slice-codec.ts';
import type { Abilities, Launcher, LauncherEvent, RunKey, RunSnapshot } from '../launcher.ts';
import type { SpawnFailure, SpawnSpec, Started } from '../launcher.ts';
import { LauncherEvents } from '../launcher-events.ts';
import { ProcessMeter } from '../meter/process-meter.ts';
import { AgentRun } from './agent-run.ts';
import { AgentRuns } from './agent-runs.ts';
import { Forgetting } from './forgetting.ts';
import { KeeperSession, type OpenedKeeper } from './keeper-session.ts';
import type { ReachOptions } from './reach-keeper.ts';

export type KeeperLauncherOptions = Omit<ReachOptions, 'protocol' | 'patienceMs'> &
  Partial<Pick<ReachOptions, 'protocol' | 'patienceMs'>> & {
    /** Told when it begins, or ends (undefined), that the keeper does not answer. */
    readonly onTrouble?: (why: string | undefined) => void;
  };

/** A keeper that takes longer to answer is taken for one that does not. */
const PATIENCE_MS = 5_000;

/** What is true of every keeper before it has said what it can. */
const UNKNOWN_ABILITIES: Abilities = {
  survives: true,
  reapsOrphans: false,
  pty: false,
  cgroup: false,
  user: false,
  limits: false,
  stdoutIsPipe: false,
  redaction: false,
  unprivileged: false,
};

/**
 * Runs processes in the keeper of a data directory, a process of its own that outlives this one; it is started when
 * there is none. A broken connection is mended unnoticed. When the keeper dies, its runs are gone, and another is
 * started. While it does not answer, nothing can be started.
 *
 * Beside what the port says, calls reject with AgentError `keeper-unavailable` (nothing was asked, or it is not known
 * what came of it), and with `lost` when the keeper died before it answered.
 */
export class KeeperLauncher implements Launcher {
  readonly #session: KeeperSession;
  readonly #runs = new AgentRuns();
  readonly #events = new LauncherEvents();
  readonly #meter: ProcessMeter;
  readonly #forgetting: Forgetting;
  #epoch: string | undefined;
  #found: readonly RunSnapshot[] = [];
  #isOpening = false;
  #closing: Promise<void> | undefined;

  constructor({ onTrouble, ...options }: KeeperLauncherOptions) {
    this.#meter = new ProcessMeter(options.clock);
    this.#session = new KeeperSession(
      { protocol: KEEPER_PROTOCOL, patienceMs: PATIENCE_MS, ...options },
      {
        onOpened: (opened) => {
          this.#onOpened(opened);
        },
        onNews: (news, slice) => {
          this.#push(this.#runs.take(news, slice));
        },
        onTrouble: (why) => {
          onTrouble?.(why);
        },
      },
    );
    this.#forgetting = new Forgetting((keys) => {
      this.#session.tell(ASK.forget, { keys });
    });
  }

  get abilities(): Abilities {
    return { ...(this.#session.hello?.abilities ?? UNKNOWN_ABILITIES), survives: true };
  }

  get trouble(): string | undefined {
    return this.#session.trouble;
  }

  get ownerPid(): number | undefined {
    return this.#session.hello?.pid;
  }

  async open(generation: number): Promise<{ readonly epoch: string; readonly runs: readonly RunSnapshot[] }> {
    if (this.#isOpening) throw new Error('Cannot open a launcher twice');
    this.#isOpening = true;
    await this.#session.open(generation);
    return { epoch: this.#epoch ?? '', runs: this.#found };
  }

  spawn(key: RunKey, spec: SpawnSpec): Promise<Started | SpawnFailure> {
    const known = this.#runs.get(key)?.answer;
    if (known !== undefined) return known;
    if (!this.#isOpen) return Promise.resolve(failure('not-able', 'Cannot start a program: the launcher is not open'));
    // What is not asked is certain not to run; what is asked may run whenever the keeper wakes up.
    if (this.#session.trouble !== undefined) return Promise.reject(this.#session.unavailable());
    const run = this.#runs.add(new AgentRun(key, spec.output.start));
    run.answer = this.#start(run, spec);
    return run.answer;
  }

  async stop(key: RunKey, reason: StopReason, graceMs: number): Promise<void> {
    const run = this.#runs.get(key);
    if (run === undefined || run.exit !== undefined || !this.#isOpen) return;
    const asked = this.#ask(ASK.stop, { key, reason, graceMs });
    if (this.#session.trouble === undefined) {
      await asked;
      return;
    }
    // It is carried out whenever the keeper wakes up; whoever asked need not wait for that.
    asked.catch(() => undefined);
    throw this.#session.unavailable();
  }

  async signal(key: RunKey, signal: NodeJS.Signals): Promise<boolean> {
    return this.#isRunning(key) && (await this.#askNow<boolean>(ASK.signal, { key, signal }));
  }

  async resize(key: RunKey, columns: number, rows: number): Promise<void> {
    if (this.#isRunning(key)) await this.#askNow(ASK.resize, { key, columns, rows });
  }

  async writeStdin(key: RunKey, offset: number, bytes: Uint8Array): Promise<number> {
    if (!this.#isRunning(key)) return -1;
    return await this.#askNow<number>(ASK.writeStdin, { key, offset }, [bytes.subarray(0, LARGEST_STDIN)]);
  }

  async closeStdin(key: RunKey, offset: number): Promise<void> {
    if (this.#isRunning(key)) await this.#askNow(ASK.closeStdin, { key, offset });
  }

  async read(key: RunKey, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    signal?.throwIfAborted();
    const run = this.#runs.get(key);
    if (run === undefined) return { items: [], next: from, ended: true };
    return run.read(from, maxBytes) ?? (await this.#read(key, from, Math.min(maxBytes, LARGEST_READ), signal));
  }

  events(): AsyncIterable<LauncherEvent> {
    return this.#events;
  }

  pid(key: RunKey): number | undefined {
    return this.#runs.get(key)?.started?.pid;
  }

  async measure(key: RunKey): Promise<Measurement | undefined> {
    const run = this.#runs.get(key);
    return run?.started === undefined || run.exit !== undefined
      ? undefined
      : await this.#meter.measure(run.started.pid);
  }

  forget(key: RunKey): void {
    if (this.#runs.forget(key) && this.#isOpen) this.#forgetting.add(key);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#forgetting.flush();
    await this.#session.close();
    this.#events.close();
  }

  get #isOpen(): boolean {
    return this.#epoch !== undefined && this.#closing === undefined;
  }

  #isRunning(key: RunKey): boolean {
    const run = this.#runs.get(key);
    return this.#isOpen && run !== undefined && run.exit === undefined;
  }

  async #start(run: AgentRun, spec: SpawnSpec): Promise<Started | SpawnFailure> {
    const { key } = run;
    const { stdin, ...rest } = spec;
    const request: SpawnRequest = { key, spec: { ...rest, stdin: stdin.type } };
    const bytes = stdin.type === 'none' || stdin.bytes === undefined ? [] : [stdin.bytes];
    const answered = Promise.withResolvers<Started | SpawnFailure>();
    try {
      this.#session.call({
        kind: ASK.spawn,
        request,
        bytes,
        onAnswer: (value) => {
          const answer = value as Started | SpawnFailure;
          // At once: news of the run may come right behind it.
          if (answer.type === 'started') this.#push([run.begin(answer)]);
          answered.resolve(answer);
        },
        onFailure: answered.reject,
      });
      return await answered.promise;
    } catch (error) {
      if (error instanceof FrameError) return failure('bad-arguments', `Cannot start a program: ${error.message}`);
      this.#runs.remove(run);
      throw error;
    }
  }

  async #read(key: RunKey, from: number, maxBytes: number, signal?: AbortSignal): Promise<OutputSlice> {
    const answered = Promise.withResolvers<OutputSlice>();
    const id = this.#session.call({
      kind: ASK.read,
      request: { key, from, maxBytes },
      onAnswer: (value, frame) => {
        answered.resolve(readSlice(value as ReadAnswer, keepBytes(frame), frame.lease));
      },
      // What is left of a run that is gone stands in its files: to whoever reads, it has ended.
      onFailure: (error) => {
        if (this.#runs.get(key) === undefined) answered.resolve({ items: [], next: from, ended: true });
        else answered.reject(error);
      },
    });
    if (signal === undefined) return await answered.promise;
    const onAbort = (): void => {
      this.#session.drop(id);
      answered.reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
    try {
      return await answered.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Asks what would be no use, or surprise, when it came late. */
  #askNow<Answer>(kind: number, request: object, bytes?: readonly Uint8Array[]): Promise<Answer> {
    return this.#session.trouble === undefined
      ? this.#ask<Answer>(kind, request, bytes)
      : Promise.reject(this.#session.unavailable());
  }

  #ask<Answer>(kind: number, request: object, bytes: readonly Uint8Array[] = []): Promise<Answer> {
    const answered = Promise.withResolvers<Answer>();
    this.#session.call({
      kind,
      request,
      bytes,
      onAnswer: (value) => {
        answered.resolve(value as Answer);
      },
      onFailure: answered.reject,
    });
    return answered.promise;
  }

  #onOpened({ epoch, runs }: OpenedKeeper): void {
    if (this.#epoch === undefined) {
      this.#epoch = epoch;
      this.#found = runs;
      for (const snapshot of runs) this.#runs.add(AgentRun.found(snapshot));
    } else if (this.#epoch === epoch) {
      const { events, unwanted } = this.#runs.meet(runs);
      for (const key of unwanted) this.#forgetting.add(key);
      this.#push(events);
    } else {
      this.#epoch = epoch;
      this.#onGone();
    }
  }

  /** The keeper died, and its runs with it. */
  #onGone(): void {
    this.#runs.clear();
    this.#session.failCalls((isSent) =>
      isSent
        ? new AgentError('lost', 'Cannot tell what came of it: the keeper of the processes died')
        : this.#session.unavailable(),
    );
    this.#push([{ type: 'gone', epoch: this.#epoch ?? '' }]);
  }

  #push(events: readonly (LauncherEvent | undefined)[]): void {
    for (const event of events) if (event !== undefined) this.#events.push(event);
  }
}

function failure(kind: SpawnFailure['failure'], message: string): SpawnFailure {
  return { type: 'failed', failure: kind, message };
}
