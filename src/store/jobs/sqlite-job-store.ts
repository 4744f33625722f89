import type {
  Acceptance,
  Accepted,
  FinishedJob,
  HistoryPage,
  HistoryQuery,
  Intent,
  JobChange,
  JobStore,
  KeptQueue,
  Outcome,
  UnfinishedJob,
} from '../../engine/job-store.ts';
import type { Clock } from '../../base/clock.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import type { AreaClient } from '../database/area.ts';
import type { MemberRow } from '../../engine/batches/membership.ts';
import type { JobProgressFacts } from '../../engine/graph/judge.ts';
import type { JoinRow, LinksRow } from './graph-statements.ts';
import type { IntentRow } from './job-writes.ts';
import type { JobsOperations } from './jobs-area.ts';
import type { Retention } from './retention.ts';

/** The jobs, in the database. */
export class SqliteJobStore implements JobStore {
  readonly #jobs: AreaClient<JobsOperations>;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #retention: Pick<Retention, 'onSettled' | 'onRemoved'>;

  constructor(
    jobs: AreaClient<JobsOperations>,
    clock: Pick<Clock, 'now'>,
    retention: Pick<Retention, 'onSettled' | 'onRemoved'>,
  ) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#retention = retention;
  }

  async open(): Promise<{
    readonly generation: number;
    readonly unfinished: readonly UnfinishedJob[];
    readonly queues: readonly KeptQueue[];
  }> {
    const [generation, unfinished, queues] = await Promise.all([
      this.#jobs.write('countOpening'),
      this.#jobs.read('unfinished'),
      this.#jobs.read('keptQueues'),
    ]);
    return { generation, unfinished, queues };
  }

  async accept(job: Acceptance): Promise<Accepted> {
    const answer = await this.#jobs.write(
      'accept',
      [
        job.uid,
        job.id,
        job.hash,
        job.name,
        job.queue ?? null,
        job.priority,
        Math.round(job.acceptedAt),
        job.protected ? 1 : 0,
        job.raw ? 1 : 0,
        job.title ?? null,
        job.tags.length === 0 ? '[]' : JSON.stringify(job.tags),
        job.command,
      ],
      intentRow(job.intent),
      // By the end of all time every settled job has expired, and gives way.
      job.replaces === true ? Number.MAX_SAFE_INTEGER : this.#clock.now(),
      ...joinRow(job),
    );
    if (answer === undefined) return { type: 'accepted' };
    if ('exists' in answer) return { type: 'exists', job: answer.exists };
    this.#retention.onRemoved([answer.replaced]);
    return { type: 'accepted' };
  }

  intend(uid: string, intent: Intent): Promise<void> {
    return this.#jobs.write('intend', uid, intentRow(intent));
  }

  note(uid: string, run: number, note: string): Promise<void> {
    return this.#jobs.write('note', uid, run, note);
  }

  async conclude(uid: string, outcome: Outcome): Promise<void> {
    const output = outcome.output === undefined || outcome.output.byteLength === 0 ? null : compact(outcome.output);
    if (outcome.type === 'again') {
      const { failures, dueAt, outputEnd, outputDropped, final, lastRun = null } = outcome.progress;
      const row = [failures, whole(dueAt), outputEnd, outputDropped, final ? 1 : 0, lastRun] as const;
      return this.#jobs.write('again', uid, output, row);
    }
    await this.#jobs.write(
      'settle',
      uid,
      output,
      [
        outcome.state,
        outcome.code,
        outcome.reason,
        outcome.runs,
        whole(outcome.startedAt),
        Math.round(outcome.endedAt),
        Math.round(outcome.expiresAt),
        outcome.outputEnd,
        outcome.result,
      ],
      ...linksRow(outcome),
    );
    this.#retention.onSettled();
  }

  change(uid: string, change: JobChange): Promise<void> {
    return this.#jobs.write('change', uid, change.final === true, change.priority ?? null, whole(change.dueAt));
  }

  find(id: string): Promise<FinishedJob | undefined> {
    return this.#jobs.read('find', id, this.#clock.now());
  }

  info(id: string): Promise<JobInfo | undefined> {
    return this.#jobs.read('info', id, this.#clock.now());
  }

  history(query: HistoryQuery): Promise<HistoryPage> {
    return this.#jobs.read('history', query);
  }

  endings(ids: readonly string[]): Promise<readonly (JobProgressFacts | undefined)[]> {
    return this.#jobs.read('endings', ids, this.#clock.now());
  }

  meet(uid: string, dependency: number): Promise<void> {
    return this.#jobs.write('meet', uid, dependency);
  }

  members(batch: string): Promise<readonly MemberRow[]> {
    return this.#jobs.read('members', batch);
  }

  enrol(batch: string, id: string): Promise<void> {
    return this.#jobs.write('enrol', batch, id);
  }

  keepQueue(queue: KeptQueue): Promise<void> {
    return this.#jobs.write('keepQueue', queue);
  }
}

function joinRow({ membership, met = [] }: Acceptance): [] | [JoinRow] {
  if (membership === undefined) return met.length === 0 ? [] : [{ membership: null, met }];
  const { batch, width = null, stopsOnFailure } = membership;
  return [{ membership: [batch, width, stopsOnFailure ? 1 : 0], met }];
}

function linksRow({ links }: Extract<Outcome, { type: 'settled' }>): [] | [LinksRow] {
  if (links === undefined) return [];
  const { hasMet, batch = null, member } = links;
  if (member === undefined) return [{ hasMet, batch, member: null, fate: null }];
  const { state, code, reason, startedAt, endedAt } = member.fate;
  const fate = [state, code, reason, Math.round(startedAt), Math.round(endedAt)] as const;
  return [{ hasMet, batch, member: [member.batch, member.id], fate }];
}

function intentRow(intent: Intent | undefined): IntentRow {
  return intent === undefined ? [null, null, null] : [intent.run, intent.place, intent.epoch];
}

/** Times are computed with fractions of seconds; the columns hold whole milliseconds. */
function whole(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

/** Bytes that share a larger buffer would take all of it along to the thread. */
function compact(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
}
