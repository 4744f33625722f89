import type {
  Acceptance,
  Accepted,
  FinishedJob,
  HistoryPage,
  HistoryQuery,
  Intent,
  JobChange,
  JobStore,
  Outcome,
  UnfinishedJob,
} from '../../engine/job-store.ts';
import type { Clock } from '../../base/clock.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import type { AreaClient } from '../database/area.ts';
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

  async open(): Promise<{ readonly generation: number; readonly unfinished: readonly UnfinishedJob[] }> {
    const [generation, unfinished] = await Promise.all([
      this.#jobs.write('countOpening'),
      this.#jobs.read('unfinished'),
    ]);
    return { generation, unfinished };
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
      this.#clock.now(),
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
    await this.#jobs.write('settle', uid, output, [
      outcome.state,
      outcome.code,
      outcome.reason,
      outcome.runs,
      whole(outcome.startedAt),
      Math.round(outcome.endedAt),
      Math.round(outcome.expiresAt),
      outcome.outputEnd,
      outcome.result,
    ]);
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
