import type {
  Acceptance,
  Accepted,
  FinishedJob,
  HistoryPage,
  Intent,
  JobChange,
  JobProgress,
  JobStore,
  KeptQueue,
  Outcome,
  UnfinishedJob,
} from '../../src/engine/job-store.ts';
import type { Fate, MemberRow } from '../../src/engine/batches/membership.ts';
import type { JobProgressFacts } from '../../src/engine/graph/judge.ts';
import type { OutputArchive } from '../../src/engine/output-archive.ts';
import type { JobInfo } from '../../src/protocol/job-info.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import type { OutputItem, OutputSlice } from '../../src/protocol/output.ts';
import { endOfItems, readItems } from './output-items.ts';

type Settled = Extract<Outcome, { type: 'settled' }>;

interface Row {
  readonly job: Acceptance;
  intent: Intent | undefined;
  run: number;
  runs: number;
  progress: JobProgress;
  priority: number;
  protected: boolean;
  note: string | undefined;
  settled: Settled | undefined;
  readonly met: Set<number>;
}

const NO_PROGRESS: JobProgress = {
  failures: 0,
  dueAt: undefined,
  outputEnd: 0,
  outputDropped: 0,
  final: false,
  lastRun: undefined,
};

/** What outlives agents: rows of jobs and their output, in memory. */
export class MemoryStore {
  readonly rows = new Map<string, Row>();
  readonly output = new Map<string, OutputItem[]>();
  /** Items on their way to a row. */
  readonly encoded: (readonly OutputItem[])[] = [];
  generation = 0;
  readonly queues = new Map<string, KeptQueue>();
  /** The jobs of live batches, by batch and id. */
  readonly members = new Map<string, Map<string, Fate | undefined>>();

  /** The store as the next agent has it. */
  connect(): MemoryConnection {
    return new MemoryConnection(this);
  }

  byId(id: string): Row | undefined {
    return [...this.rows.values()].find(({ job }) => job.id === id);
  }
}

/** The store of one agent's life, with knobs for what can go wrong. Like the real one it refuses writes to jobs that are not live. */
export class MemoryConnection implements JobStore {
  /** Committed writes, in order, as `accept ID`, `intend ID 1`, `again ID`, `settled ID`, `change ID`. */
  readonly committed: string[] = [];
  /** Writes to come that fail. */
  failNext = 0;
  readonly #store: MemoryStore;
  readonly #held: (() => void)[] = [];
  #isHeld = false;
  #isDead = false;
  #isClosed = false;
  #order: Promise<unknown> = Promise.resolve();

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  /** Writes from now on wait. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Lets them through. */
  release(): void {
    this.#isHeld = false;
    for (const go of this.#held.splice(0)) go();
  }

  /** The agent is gone: what is not committed never will be, and nothing is answered. */
  die(): void {
    this.#isDead = true;
  }

  close(): void {
    this.#isClosed = true;
  }

  async open(): Promise<{ generation: number; unfinished: UnfinishedJob[]; queues: KeptQueue[] }> {
    this.#store.generation += 1;
    const live = [...this.#store.rows.values()].filter(({ settled }) => settled === undefined);
    const unfinished = live.map((row) => ({
      ...row.job,
      ...row.progress,
      priority: row.priority,
      protected: row.protected,
      intent: row.intent,
      runs: row.runs,
      note: row.note,
      ...(row.met.size === 0 ? {} : { met: [...row.met] }),
    }));
    return { generation: this.#store.generation, unfinished, queues: [...this.#store.queues.values()] };
  }

  accept(job: Acceptance): Promise<Accepted> {
    return this.#write((): Accepted => {
      const known = this.#store.byId(job.id);
      if (known?.settled !== undefined && job.replaces === true) this.#store.rows.delete(known.job.uid);
      else if (known?.settled !== undefined) return { type: 'exists', job: finished(known) };
      else if (known !== undefined) throw new AgentError('duplicate-id', `Cannot accept "${job.id}": it is live`);
      const runs = job.intent === undefined ? 0 : 1;
      const { intent, priority } = job;
      this.#store.rows.set(job.uid, {
        job,
        intent,
        run: intent?.run ?? 0,
        runs,
        progress: NO_PROGRESS,
        priority,
        protected: job.protected,
        note: undefined,
        settled: undefined,
        met: new Set(job.met),
      });
      if (job.membership !== undefined) this.#membersOf(job.membership.batch).set(job.id, undefined);
      this.committed.push(`accept ${job.id}`);
      return { type: 'accepted' };
    });
  }

  intend(uid: string, intent: Intent): Promise<void> {
    return this.#change(uid, (row) => {
      row.runs += row.run === intent.run ? 0 : 1;
      row.run = intent.run;
      row.intent = intent;
      return `intend ${row.job.id} ${intent.run}`;
    });
  }

  note(uid: string, run: number, note: string): Promise<void> {
    return this.#write(() => {
      const row = this.#store.rows.get(uid);
      if (row?.settled === undefined && row?.intent?.run === run) row.note = note;
    });
  }

  conclude(uid: string, outcome: Outcome): Promise<void> {
    return this.#change(uid, (row) => {
      row.note = undefined;
      if (outcome.output !== undefined) {
        const items = this.#store.encoded[Number(Buffer.from(outcome.output).toString())] ?? [];
        this.#store.output.set(uid, [...(this.#store.output.get(uid) ?? []), ...items]);
      }
      if (outcome.type === 'settled') {
        row.settled = outcome;
        const { batch, member } = outcome.links ?? {};
        if (batch !== undefined) this.#store.members.delete(batch);
        if (member !== undefined) this.#store.members.get(member.batch)?.set(member.id, member.fate);
      } else {
        row.intent = undefined;
        row.progress = { ...outcome.progress, final: outcome.progress.final || row.progress.final };
      }
      return `${outcome.type} ${row.job.id}`;
    });
  }

  change(uid: string, change: JobChange): Promise<void> {
    return this.#change(uid, (row) => {
      if (change.final === true) {
        row.progress = { ...row.progress, final: true };
        row.protected = false;
      }
      row.priority = change.priority ?? row.priority;
      return `change ${row.job.id}`;
    });
  }

  async find(id: string): Promise<FinishedJob | undefined> {
    const row = this.#store.byId(id);
    return row?.settled === undefined ? undefined : finished(row);
  }

  async info(id: string): Promise<JobInfo | undefined> {
    const row = this.#store.byId(id);
    if (row?.settled === undefined) return undefined;
    const { job, settled } = row;
    return {
      id,
      command: job.name,
      ...(job.title === undefined ? {} : { title: job.title }),
      state: 'settled',
      ...(job.queue === undefined ? {} : { queue: job.queue }),
      priority: row.priority,
      tags: [...job.tags],
      runs: settled.runs,
      accepted: job.acceptedAt,
      ...(settled.startedAt === undefined ? {} : { started: settled.startedAt }),
      ended: settled.endedAt,
      output: settled.outputEnd,
      result: { state: settled.state, code: settled.code, reason: settled.reason },
    };
  }

  history(): Promise<HistoryPage> {
    return Promise.resolve({ jobs: [] });
  }

  async endings(ids: readonly string[]): Promise<(JobProgressFacts | undefined)[]> {
    return ids.map((id) => {
      const settled = this.#store.byId(id)?.settled;
      return settled === undefined ? undefined : { ended: settled.state, hasStarted: settled.startedAt !== undefined };
    });
  }

  meet(uid: string, dependency: number): Promise<void> {
    return this.#write(() => {
      const row = this.#store.rows.get(uid);
      if (row !== undefined && row.settled === undefined) row.met.add(dependency);
    });
  }

  async members(batch: string): Promise<MemberRow[]> {
    return [...(this.#store.members.get(batch) ?? [])].map(([id, fate]) => ({ id, fate }));
  }

  enrol(batch: string, id: string): Promise<void> {
    return this.#write(() => {
      const members = this.#membersOf(batch);
      if (!members.has(id)) members.set(id, undefined);
    });
  }

  keepQueue(queue: KeptQueue): Promise<void> {
    return this.#write(() => {
      this.#store.queues.set(queue.name, queue);
    });
  }

  #membersOf(batch: string): Map<string, Fate | undefined> {
    const members = this.#store.members.get(batch) ?? new Map<string, Fate | undefined>();
    this.#store.members.set(batch, members);
    return members;
  }

  #change(uid: string, carryOut: (row: Row) => string): Promise<void> {
    return this.#write(() => {
      const row = this.#store.rows.get(uid);
      if (row === undefined || row.settled !== undefined)
        throw new AgentError('unknown-job', `Cannot write to job ${uid}: it is not live in the store`);
      this.committed.push(carryOut(row));
    });
  }

  /** One write after the other, none before the turn it was asked in is over. */
  #write<T>(carryOut: () => T): Promise<T> {
    const done = this.#order.then(async () => {
      if (this.#isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
      if (this.#isDead) await new Promise(() => undefined);
      if (this.#isClosed) throw new AgentError('store-unavailable', 'Cannot use the store: it is closed');
      if (this.failNext > 0) {
        this.failNext -= 1;
        throw new AgentError('store-unavailable', 'Cannot write: as the test wants it');
      }
      return carryOut();
    });
    this.#order = done.catch(() => undefined);
    return done;
  }
}

/** The output of finished runs, as a {@link MemoryStore} has it. */
export class MemoryArchive implements OutputArchive {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async read(uid: string, from: number, maxBytes: number): Promise<OutputSlice> {
    return readItems(this.#store.output.get(uid) ?? [], from, maxBytes, true);
  }

  async end(uid: string): Promise<number> {
    return endOfItems(this.#store.output.get(uid) ?? []);
  }

  directory(uid: string): string {
    return `/nowhere/${uid}`;
  }

  encode(items: readonly OutputItem[]): Uint8Array {
    return Buffer.from(String(this.#store.encoded.push(items) - 1));
  }
}

function finished({ job, settled }: Row): FinishedJob {
  const { uid, id, hash, raw } = job;
  return { uid, id, hash, raw, result: settled?.result ?? '', outputEnd: settled?.outputEnd ?? 0 };
}
