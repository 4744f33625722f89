import { nextTurn } from '../../base/next-turn.ts';
import { PassingMap } from '../../base/passing-map.ts';
import type { HandledJob, Handler } from '../../engine/handlers.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import { jobSpecOf, type JobSpec } from './jobs-resource.ts';
import type { Shelf } from './shelf.ts';

export interface JobMirrorOptions {
  readonly shelf: Shelf<JobSpec>;
  /** Ended jobs that are shown at most; the newest. */
  readonly mostEnded: number;
  /** The newest of the history, newest first. */
  readonly history: (limit: number) => Promise<readonly JobInfo[]>;
  /** There is something to {@link JobMirror.show}. */
  readonly onChange: () => void;
}

/** How a job ended. Not the job: where many end, they are kept for a while, and it is twenty times as large. */
interface EndedJob {
  readonly uid: string;
  readonly info: JobInfo;
}

/** Jobs that are shown before others get a turn of the loop. */
const TURN_JOBS = 200;

/**
 * Shows jobs as resources. Handlers only note which jobs are others than they were shown; what those are like is looked
 * at when it is time to show it, so that states in between cost nothing.
 */
export class JobMirror {
  readonly #options: JobMirrorOptions;
  /** Live jobs, by uid. */
  readonly #live = new Set<string>();
  /** Live ones that are others than they were shown, by id. */
  readonly #changed = new PassingMap<string, HandledJob>();
  /** Those that ended since it was shown, in that order, by id: of two jobs that had one only the last matters. */
  readonly #over = new PassingMap<string, EndedJob>();
  /** Ids that are shown, of jobs that ended before all of so many that only those are to be shown. */
  readonly #passed = new Set<string>();
  /** The uid of the job of each id that is shown; none of those from the history. */
  readonly #uids = new Map<string, string | undefined>();
  /** Ids of ended ones, the oldest first. */
  readonly #ended = new Set<string>();

  constructor(options: JobMirrorOptions) {
    this.#options = options;
  }

  /** Of the engine; registered before it starts. */
  get handler(): Handler {
    const isThere = (job: HandledJob): void => {
      this.#live.add(job.uid);
      this.#note(job);
    };
    const isOther = (job: HandledJob): void => {
      // One that is being accepted moves already, and may be refused yet.
      if (this.#live.has(job.uid)) this.#note(job);
    };
    return {
      name: 'mirror of jobs',
      accepted: isThere,
      found: isThere,
      moved: isOther,
      changed: isOther,
      started: isOther,
      result: (job) => {
        this.#live.delete(job.uid);
        this.#changed.delete(job.id);
        this.#noteEnd(job.id, { uid: job.uid, info: job.info() });
      },
    };
  }

  /** Makes the resources like the jobs that were noted, and answers how many those were. Errors: those of the state. */
  async show(): Promise<number> {
    let count = 0;
    const shown = async (): Promise<void> => {
      count += 1;
      if (count % TURN_JOBS === 0) await nextTurn();
    };
    for (const id of this.#passed) {
      this.#passed.delete(id);
      await this.#remove(id);
      await shown();
    }
    for (const [id, job] of this.#changed) {
      this.#changed.delete(id);
      await this.#put(job.info(), job.uid);
      await shown();
    }
    for (const [id, { uid, info }] of this.#over) {
      this.#over.delete(id);
      await this.#put(info, uid);
      await shown();
    }
    await this.#forgetOldest();
    return count;
  }

  /** Shows what the history has of jobs that are not shown, and nothing any more of what it has forgotten. Errors: those of history and state. */
  async compareWithHistory(): Promise<void> {
    const { shelf, mostEnded, history } = this.#options;
    const before = new Set(this.#ended);
    const newest = await history(mostEnded);
    const kept = new Set(newest.map(({ id }) => id));
    for (const id of before) if (!kept.has(id) && this.#ended.delete(id)) await this.#remove(id);
    const unknown = newest.filter(({ id }) => !shelf.has(id));
    // Those that ended since are newer than all of these, and stand behind them.
    const since = [...this.#ended];
    this.#ended.clear();
    for (const info of unknown.toReversed()) await this.#put(info, undefined);
    for (const id of since) this.#ended.add(id);
    await this.#forgetOldest();
  }

  #note(job: HandledJob): void {
    this.#over.delete(job.id);
    this.#changed.set(job.id, job);
    this.#options.onChange();
  }

  #noteEnd(id: string, job: EndedJob): void {
    // Behind all that ended before: the newest are shown.
    this.#over.delete(id);
    this.#over.set(id, job);
    if (this.#over.size > this.#options.mostEnded) this.#passOldest();
    this.#options.onChange();
  }

  /** It would be shown to be forgotten at once. */
  #passOldest(): void {
    for (const [id] of this.#over) {
      this.#over.delete(id);
      if (this.#uids.has(id)) this.#passed.add(id);
      return;
    }
  }

  async #put(info: JobInfo, uid: string | undefined): Promise<void> {
    const { shelf } = this.#options;
    const { id, state } = info;
    // An id that is used again names another job: another life of the resource.
    if (this.#uids.has(id) && this.#uids.get(id) !== uid) await this.#remove(id);
    this.#uids.set(id, uid);
    if (state === 'settled') this.#ended.add(id);
    await shelf.put(id, jobSpecOf(info));
  }

  async #forgetOldest(): Promise<void> {
    for (const id of this.#ended) {
      if (this.#ended.size <= this.#options.mostEnded) return;
      await this.#remove(id);
    }
  }

  async #remove(id: string): Promise<void> {
    this.#ended.delete(id);
    this.#uids.delete(id);
    await this.#options.shelf.remove(id);
  }
}
