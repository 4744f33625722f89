import type { StartupState, StartupStatus } from '../../src/engine/startup-access.ts';
import type { Exit } from '../../src/protocol/run.ts';
import { awaitProbe } from '../../src/host/probe/probe.ts';
import { Startup } from '../../src/startup/startup.ts';
import type { StartupMemory } from '../../src/startup/startup-ports.ts';
import type { StartupEntry, StartupProblem } from '../../src/startup/startup-entry.ts';
import { wordsOf } from '../../src/startup/words.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { EngineStage, turns } from '../harness/engine-stage.ts';
import type { Life } from '../harness/engine-stage.ts';

export type EntryFields = Omit<Partial<StartupEntry>, 'command'> & {
  readonly command?: Partial<StartupEntry['command']>;
};

/** An entry that runs `test.run` and counts as running after 2 s. */
export function entry(id: string, { command, ...fields }: EntryFields = {}): StartupEntry {
  return {
    id,
    source: 'test.toml',
    command: { command: 'test.run', ...command },
    after: [],
    running: { type: 'alive', delayMs: 2000 },
    cron: undefined,
    protected: false,
    condition: '',
    ...fields,
  };
}

/** One line of the log. */
export interface Logged {
  readonly level: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Agents, one after the other, each with a startup, on a machine and a disk that stay. Time stands still. */
export class StartupStage {
  readonly stage = new EngineStage();
  readonly log: Logged[] = [];
  /** What is written on the disk. */
  kept: { readonly since: number; readonly ids: readonly string[] } | undefined;
  /** The machine was started again since. */
  isNewLife = false;
  hasNetwork = true;
  environment: Record<string, string> = {};
  #life: Life | undefined;
  #startup: Startup | undefined;

  get life(): Life {
    if (this.#life === undefined) throw new Error('No agent lives');
    return this.#life;
  }

  get startup(): Startup {
    if (this.#startup === undefined) throw new Error('No agent lives');
    return this.#startup;
  }

  /** A new agent begins. */
  async begin(entries: readonly StartupEntry[], problems: readonly StartupProblem[] = []): Promise<void> {
    const life = await this.stage.begin();
    this.#life = life;
    this.#startup = new Startup({
      jobs: life.engine,
      clock: this.stage.clock,
      logger: this.#logger(),
      probe: awaitProbe,
      hasNetwork: () => this.hasNetwork,
      words: wordsOf(this.environment, new Map()),
      memory: this.#memory(),
    });
    await this.startup.begin({ entries, problems });
    await this.turns();
  }

  /** The agent dies as by `kill -9`. */
  crash(): void {
    this.life.crash();
    // Timers of the dead never fire.
    void this.startup.end({ ordered: false, withinMs: 0 });
  }

  async apply(entries: readonly StartupEntry[], problems: readonly StartupProblem[] = []) {
    const changes = await this.settle(this.startup.apply({ entries, problems }));
    await this.turns();
    return changes;
  }

  /** Waits for what needs turns, not time. */
  async settle<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    work.then(over, over);
    for (let round = 0; round < 50 && !isOver; round += 1) await this.turns();
    return work;
  }

  async turns(): Promise<void> {
    await turns(10);
  }

  async advance(ms: number): Promise<void> {
    await this.stage.clock.advance(ms);
    await this.turns();
  }

  status(id: string): StartupStatus {
    const found = this.startup.list().entries.find((status) => status.id === id);
    if (found === undefined) throw new Error(`No entry ${id}`);
    return found;
  }

  states(): Record<string, StartupState> {
    return Object.fromEntries(this.startup.list().entries.map(({ id, state }) => [id, state]));
  }

  async exit(id: string, exit: Exit = { code: 0 }): Promise<void> {
    this.stage.keeper.exit(this.life.key(id), exit);
    await this.turns();
  }

  async say(id: string, text: string): Promise<void> {
    this.stage.keeper.say(this.life.key(id), text);
    await this.turns();
  }

  /** Ids of jobs in the order in which their runs began; more than once when there were several. */
  get started(): string[] {
    const ids = new Map([...this.stage.disk.rows].map(([uid, { job }]) => [uid, job.id]));
    return this.stage.keeper.spawned.map((key) => ids.get(key.slice(0, key.lastIndexOf('.'))) ?? 'replaced');
  }

  #memory(): StartupMemory {
    return {
      recall: async () => {
        const isNew = this.kept === undefined || this.isNewLife;
        const since = isNew ? this.stage.clock.now() : (this.kept?.since ?? 0);
        const ids = this.kept?.ids ?? [];
        this.kept = { since, ids };
        this.isNewLife = false;
        return { isNew, since, ids };
      },
      keep: async (ids) => {
        this.kept = { since: this.kept?.since ?? 0, ids };
      },
      forget: async () => {
        this.kept = undefined;
      },
    };
  }

  #logger(): Logger {
    const at = (level: string) => (facts: object, message: string) =>
      void this.log.push({ level, facts: facts as Logged['facts'], message });
    const logger: Logger = {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: () => logger,
    };
    return logger;
  }
}
