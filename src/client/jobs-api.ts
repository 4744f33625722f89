import type { JobInfo, JobOrder, JobPage } from '../protocol/job-info.ts';
import type { Reason, State } from '../protocol/reasons.ts';
import type { JobStatsInfo } from '../protocol/statistics-info.ts';
import { quiet } from './quiet.ts';
import type { Session } from './session.ts';

/** Which live jobs; everything given must hold. */
export interface JobFilter {
  readonly ids?: readonly string[];
  readonly states?: readonly JobInfo['state'][];
  readonly queue?: string;
  /** All of these. */
  readonly tags?: readonly string[];
  readonly command?: string;
  /** At most this many, 1 to 10,000. @default 1000 */
  readonly limit?: number;
  /** Begin behind the job of this id. One that is gone counts as none. */
  readonly after?: string;
}

/** Which live jobs, in which order; everything given must hold. */
export interface PageQuery extends Pick<JobFilter, 'states' | 'queue' | 'tags' | 'command'> {
  /** Only jobs whose id, title, command, queue or one of whose tags has this in it, in letters of either case. */
  readonly match?: string;
  /** @default 'accepted' */
  readonly sort?: JobOrder;
  readonly descending?: boolean;
  /** Jobs before the page. @default 0 */
  readonly offset?: number;
  /** Jobs on the page, 0 to 1000. @default 100 */
  readonly limit?: number;
}

/** Which settled jobs; everything given must hold. */
export interface HistoryFilter {
  /** At most this many, 1 to 1000. @default 100 */
  readonly limit?: number;
  /** Go on after the page that ended with this cursor. */
  readonly cursor?: string;
  readonly command?: string;
  readonly queue?: string;
  readonly tags?: readonly string[];
  readonly states?: readonly State[];
  readonly reasons?: readonly Reason[];
  /** Ended at or after this time, milliseconds since 1970. */
  readonly since?: number;
  /** Ended before this time, milliseconds since 1970. */
  readonly until?: number;
}

export interface HistoryPage {
  /** Newest first. */
  readonly jobs: readonly JobInfo[];
  /** Present when there is more. */
  readonly cursor?: string;
}

const AGAIN = { idempotent: true } as const;

/** What a client may ask about jobs. Errors are AgentErrors. */
export class JobsApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Live jobs, in order of acceptance. */
  list(filter: JobFilter = {}): Promise<JobInfo[]> {
    return this.#session.call('job.list', filter, AGAIN) as Promise<JobInfo[]>;
  }

  /** Live jobs as a table shows them: sorted, a page at a time, with what they use and said last. */
  page(query: PageQuery = {}, options: { readonly signal?: AbortSignal } = {}): Promise<JobPage> {
    return this.#session.call('job.page', query, { ...AGAIN, ...options }) as Promise<JobPage>;
  }

  /**
   * The position in a job's output of the first byte that arrived at `time` (milliseconds since 1970) or later; its
   * end when there is none. Errors: `unknown-job`.
   */
  position(id: string, time: number): Promise<number> {
    const answer = this.#session.call('job.position', { id, time: time / 1000 }, AGAIN);
    return quiet(answer.then((found) => (found as { readonly position: number }).position));
  }

  /** A live or settled job. Errors: `unknown-job`. */
  get(id: string): Promise<JobInfo> {
    return this.#session.call('job.get', { id }, AGAIN) as Promise<JobInfo>;
  }

  /** Settled jobs, page by page, newest first. */
  history({ since, until, ...filter }: HistoryFilter = {}): Promise<HistoryPage> {
    const args = {
      ...filter,
      ...(since === undefined ? {} : { since: since / 1000 }),
      ...(until === undefined ? {} : { until: until / 1000 }),
    };
    return this.#session.call('job.history', args, AGAIN) as Promise<HistoryPage>;
  }

  /**
   * What a job's processes use now, and used before; undefined when nothing of it can be told. With `since`
   * (milliseconds since 1970) or `points` (at most so many) it has samples over time. Errors: `unknown-job`.
   */
  stats(id: string, history: { since?: number; points?: number } = {}): Promise<JobStatsInfo | undefined> {
    const since = history.since === undefined ? {} : { since: history.since / 1000 };
    const answer = this.#session.call('job.stats', { id, ...history, ...since }, AGAIN) as Promise<JobStatsInfo | null>;
    return quiet(answer.then((told) => told ?? undefined));
  }

  /** Settles a job that has no live run. Errors: `unknown-job`, `not-able` when it runs. */
  cancel(id: string): Promise<void> {
    return this.#session.tell('job.cancel', { id });
  }

  /** Lets a job end after its present run. Errors: `unknown-job`. */
  unschedule(id: string): Promise<void> {
    return this.#session.tell('job.unschedule', { id }, AGAIN);
  }

  /** Changes the place of a job in its queue; higher goes first, -1000 to 1000. Errors: `unknown-job`. */
  setPriority(id: string, priority: number): Promise<void> {
    return this.#session.tell('job.priority', { id, priority }, AGAIN);
  }

  /** Ends every live job that matches and is not protected; resolves to their ids. */
  killAll(filter: Pick<JobFilter, 'tags' | 'queue' | 'command'> = {}): Promise<string[]> {
    return this.#session.call('job.killall', filter) as Promise<string[]>;
  }
}
