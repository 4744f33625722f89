import { type Backoff, backoffDelay } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Exit } from '../../protocol/run.ts';
import { signalNumber } from '../../protocol/signals.ts';
import type { ChildTable } from './child-table.ts';
import { type LibcSpawn, spawnProcess } from './libc.ts';

export interface AgentProcessOptions {
  /** Program, as an absolute path, and arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly table: Pick<ChildTable, 'expect' | 'watch' | 'collect'>;
  readonly clock: Clock;
  /** @default libc's */
  readonly spawn?: (what: LibcSpawn) => Promise<number | string>;
}

export interface AgentProcessListener {
  /** Something worth a line happened. */
  readonly say: (line: string) => void;
  /** The very first one can't use its configuration: there will be none, and this is its exit code. */
  readonly onHopeless: (code: number) => void;
}

const BACKOFF: Backoff = { firstMs: 1_000, factor: 2, capMs: 30_000, jitter: 0 };

/** One that lived so long was well: the next is started as soon as if it were the first to die. */
const WELL_MS = 60_000;

/** What `corex start` exits with when the configuration is wrong. */
const EXIT_CONFIG = 78;

/** What a shell gives for a program that can't be started. */
const EXIT_NOT_STARTED = 126;
const SIGNAL_BASE = 128;

/** Keeps an agent running as a child of this process: whenever it ends, another is started, later each time. */
export class AgentProcess {
  readonly #options: AgentProcessOptions;
  #listener: AgentProcessListener = { say: () => undefined, onHopeless: () => undefined };
  #pid: number | undefined;
  #startedAt = 0;
  #attempt = 0;
  #isFirst = true;
  #next: Disposable | undefined;
  #isStopping = false;
  #isStarting = false;
  #lastExit: Exit | undefined;
  #onEnd: () => void = () => undefined;

  constructor(options: AgentProcessOptions) {
    this.#options = options;
  }

  /** The agent that runs now. */
  get pid(): number | undefined {
    return this.#pid;
  }

  /** Starts the first one; to be called once. */
  start(listener: AgentProcessListener): void {
    this.#listener = listener;
    void this.#start();
  }

  /** Passes a signal on to the agent, if there is one. Its number is its own until its end is told here. */
  signal(signal: NodeJS.Signals): void {
    if (this.#pid === undefined) return;
    try {
      process.kill(this.#pid, signal);
    } catch {
      // It changed its user, or the system knows no such signal.
    }
  }

  /**
   * Ends the agent by SIGTERM, and by SIGKILL when it takes longer. No other is started. Resolves to what a shell
   * would say of its end; to 0 when there was none.
   */
  async stop(withinMs: number): Promise<number> {
    this.#isStopping = true;
    this.#next?.[Symbol.dispose]();
    const ended = Promise.withResolvers<undefined>();
    this.#onEnd = () => {
      ended.resolve(undefined);
    };
    if (this.#pid === undefined && !this.#isStarting) return 0;
    this.signal('SIGTERM');
    using _patience = this.#options.clock.after(withinMs, () => {
      this.#listener.say(`The agent (pid ${String(this.#pid)}) does not end and is killed`);
      this.signal('SIGKILL');
    });
    await ended.promise;
    return exitCodeOf(this.#lastExit);
  }

  async #start(): Promise<void> {
    const { command, environment, cwd, table, clock, spawn = spawnProcess } = this.#options;
    this.#isStarting = true;
    using _expected = table.expect();
    const pid = await spawn({
      program: command[0] ?? '',
      argv: command,
      environment: Object.entries(environment).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${value}`],
      ),
      cwd,
      files: ['/dev/null', 1, 2],
    });
    this.#isStarting = false;
    this.#startedAt = clock.monotonic();
    if (typeof pid === 'string') {
      this.#over(`The agent can not be started: ${pid}`, { code: EXIT_NOT_STARTED });
      return;
    }
    this.#pid = pid;
    table.watch(pid, 'started', (exit) => {
      this.#pid = undefined;
      table.collect(pid);
      this.#over(`The agent (pid ${pid}) ${describe(exit)}`, exit);
    });
    // Whoever asked for the stop meanwhile had nobody to signal.
    if (this.#isStopping) this.signal('SIGTERM');
  }

  #over(what: string, exit: Exit): void {
    const { clock } = this.#options;
    const { say, onHopeless } = this.#listener;
    this.#lastExit = exit;
    const wasFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#isStopping) {
      say(what);
      this.#onEnd();
      return;
    }
    if (wasFirst && 'code' in exit && exit.code === EXIT_CONFIG) {
      this.#isStopping = true;
      say(what);
      onHopeless(exit.code);
      return;
    }
    if (clock.monotonic() - this.#startedAt >= WELL_MS) this.#attempt = 0;
    const delayMs = backoffDelay(BACKOFF, this.#attempt, () => 0);
    this.#attempt += 1;
    say(`${what}; another is started in ${delayMs / 1000} s`);
    this.#next = clock.after(delayMs, () => void this.#start());
  }
}

function describe(exit: Exit): string {
  return 'code' in exit ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
}

function exitCodeOf(exit: Exit | undefined): number {
  if (exit === undefined) return 0;
  return 'code' in exit ? exit.code : SIGNAL_BASE + signalNumber(exit.signal);
}
