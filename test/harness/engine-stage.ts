import type { Clock } from '../../src/base/clock.ts';
import type { AgentAccess } from '../../src/engine/builtin.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Place, ProcessFactory } from '../../src/engine/process.ts';
import type { QueueSettings } from '../../src/engine/queues/queue-settings.ts';
import type { SubmitOptions } from '../../src/engine/submit-options.ts';
import type { StopReport } from '../../src/engine/shutdown.ts';
import type { AcceptedJob, RefusedJob } from '../../src/engine/submission.ts';
import type { ReadingItem, ReadingOptions } from '../../src/engine/streams/reading.ts';
import type { Cleared } from '../../src/host/leftovers.ts';
import { LaunchedProcess } from '../../src/kinds/launched-process.ts';
import { LauncherPlace } from '../../src/kinds/launcher-place.ts';
import { parseCommand } from '../../src/protocol/command.ts';
import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { Survivor } from '../../src/protocol/run.ts';
import type { RunKey } from '../../src/engine/process.ts';
import { silentLogger } from '../../src/telemetry/logger.ts';
import type { Logger } from '../../src/telemetry/logger.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeKeeper } from '../fakes/fake-keeper.ts';
import { MemoryArchive, MemoryStore } from '../fakes/memory-store.ts';
import type { MemoryConnection } from '../fakes/memory-store.ts';
import { plainSpec } from './plain-spec.ts';

export interface StageOptions {
  readonly running?: number;
  readonly maxJobs?: number;
  readonly queues?: Readonly<Record<string, QueueSettings>>;
  readonly logger?: Logger;
}

/** Everything around an engine, in memory and with a clock that stands still; it outlives engines as machine and disk do. */
export class EngineStage {
  readonly clock = new FakeClock();
  readonly keeper = new FakeKeeper(this.clock);
  readonly disk = new MemoryStore();
  /** Keys whose leftovers were looked for, and what was found of each. */
  readonly cleaned: RunKey[] = [];
  survivors: Survivor[] = [];
  readonly #options: StageOptions;

  constructor(options: StageOptions = {}) {
    this.#options = options;
  }

  /** A new agent's life begins: its engine is built and brings back what is unfinished. */
  async begin(options: StageOptions = {}): Promise<Life> {
    const life = new Life(this, { ...this.#options, ...options });
    await life.engine.start();
    return life;
  }
}

/** One agent's life on a stage. Its command `test.run` runs whatever the test makes of it. */
export class Life {
  readonly engine: Engine;
  readonly store: MemoryConnection;
  readonly place: LauncherPlace;
  readonly stage: EngineStage;
  #isDead = false;

  constructor(
    stage: EngineStage,
    { running = 1000, maxJobs = 1000, queues = {}, logger = silentLogger }: StageOptions,
  ) {
    this.stage = stage;
    this.store = stage.disk.connect();
    const leftovers = {
      kill: async (key: RunKey): Promise<Cleared> => {
        stage.cleaned.push(key);
        if (stage.keeper.runs.has(key)) stage.keeper.exit(key, { signal: 'SIGKILL' });
        return { cleanup: 'sweep', survivors: stage.survivors };
      },
    };
    this.place = new LauncherPlace(stage.keeper.connect(), leftovers, logger);
    this.engine = new Engine({
      store: this.store,
      archive: new MemoryArchive(stage.disk),
      places: [this.place],
      clock: this.#clock(),
      logger,
      random: () => 0,
      limits: { maxJobs, running },
      queues,
      defaults: { killGraceMs: 10_000, ttlMs: 86_400_000 },
      agent: (commands): AgentAccess => ({
        name: 'stage',
        version: '0',
        state: () => Promise.resolve({}),
        stop: () => [],
        commands: () => commands.list(),
      }),
    });
    const description = { name: 'test.run', sort: 'job', summary: 'Runs.', arguments: {} } as const;
    this.engine.register({ sort: 'job', factory: launchedKind(this.place), description });
  }

  /** Submits `test.run` with these fields and resolves to what became of it. */
  async submit(fields: Partial<WireCommand> = {}, options?: SubmitOptions): Promise<AcceptedJob | RefusedJob> {
    const command = parseCommand({ command: 'test.run', ...fields });
    const submission = this.engine.submit(command, { name: 'test' }, options);
    if (submission.type === 'job') return submission.accepted;
    if (submission.type === 'refused') return submission;
    throw new Error('It is a call');
  }

  /** Submits, and resolves to the job's run key once its run is there. */
  async start(fields: Partial<WireCommand> & { id: string }): Promise<RunKey> {
    await this.submit(fields);
    await turns();
    return this.key(fields.id);
  }

  /** The key of a job's present or last run. */
  key(id: string): RunKey {
    const row = this.stage.disk.byId(id);
    if (row === undefined) throw new Error(`There is no job ${id}`);
    return `${row.job.uid}.${row.run}`;
  }

  async result(id: string): Promise<JobResult> {
    return (await this.engine.view(id)).result;
  }

  /** What a reader gets of a job that is over. */
  async read(id: string, options: ReadingOptions = { from: 'start', as: 'messages' }): Promise<ReadingItem[]> {
    const reader = (await this.engine.view(id)).read(options);
    const never = new AbortController().signal;
    const all: ReadingItem[] = [];
    for (let items = await reader.next(65_536, never); items !== undefined; items = await reader.next(65_536, never))
      all.push(...items);
    return all;
  }

  /** It dies as by `kill -9`: what it had begun is neither finished nor answered. */
  crash(): void {
    this.#isDead = true;
    this.store.die();
    this.stage.keeper.disconnect();
  }

  /** It ends in order. */
  async end({ drain = false, deadlineMs = 1000 } = {}): Promise<StopReport> {
    const stopping = this.engine.stop({ drain, deadlineMs });
    for (let seconds = 0; seconds < 10; seconds += 1) await this.stage.clock.advance(1000);
    const report = await stopping;
    await this.place.close();
    this.store.close();
    return report;
  }

  /** Timers of an agent that is dead never fire. */
  #clock(): Clock {
    const { clock } = this.stage;
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after: (ms, run) =>
        clock.after(ms, () => {
          if (!this.#isDead) run();
        }),
    };
  }
}

/** Gives everything that is under way a few turns. */
export async function turns(count = 5): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

function launchedKind(place: LauncherPlace & Place): ProcessFactory {
  return {
    place,
    prepare: ({ args }) => ({
      takesSlot: true,
      start: async (plan, observer) => {
        const answer = await place.spawn(
          plan.key,
          plainSpec({
            stdin: { type: 'stream', bytes: Buffer.from((args as { stdin?: string } | undefined)?.stdin ?? '') },
            output: { directory: '/nowhere', start: plan.outputStart, keepBytes: 1e6, memoryBytes: 1e6 },
          }),
          observer,
        );
        if (answer.type === 'failed') {
          const { failure: code, message } = answer;
          return { type: 'failed', error: { code, message, number: 404 }, retryable: code === 'no-resources' };
        }
        return {
          type: 'started',
          process: new LaunchedProcess(place.launcher, plan.key, answer.pid),
          startedAt: answer.startedAt,
        };
      },
    }),
  };
}
