import { PassingMap } from '../base/passing-map.ts';
import type { JobInfo } from '../protocol/job-info.ts';
import type { JobFilter } from './job-access.ts';
import type { Job } from './job.ts';
import type { JobRunner } from './job-runner.ts';

/** Every live job by id, in order of acceptance. Settled ones are in the store only. */
export class JobTable {
  readonly #runners = new PassingMap<string, JobRunner>();

  get size(): number {
    return this.#runners.size;
  }

  get(id: string): JobRunner | undefined {
    return this.#runners.get(id);
  }

  add(runner: JobRunner): void {
    this.#runners.set(runner.job.id, runner);
  }

  remove(job: Job): void {
    if (this.#runners.get(job.id)?.job === job) this.#runners.delete(job.id);
  }

  /** Those for which everything given holds. */
  select(filter: JobFilter = {}): JobRunner[] {
    const { after, limit = Infinity } = filter;
    const selected: JobRunner[] = [];
    let isBehind = after === undefined || !this.#runners.has(after);
    for (const runner of this.#runners.values()) {
      if (selected.length >= limit) break;
      if (isBehind && matches(runner, filter)) selected.push(runner);
      isBehind ||= runner.job.id === after;
    }
    return selected;
  }

  list(filter?: JobFilter): JobInfo[] {
    return this.select(filter).map((runner) => runner.job.info());
  }

  /** How many live jobs are in each state. */
  countByState(): Partial<Record<JobInfo['state'], number>> {
    const counts: Partial<Record<JobInfo['state'], number>> = {};
    for (const { job } of this.#runners.values()) counts[job.state] = (counts[job.state] ?? 0) + 1;
    return counts;
  }
}

function matches({ job }: JobRunner, filter: JobFilter): boolean {
  return (
    (filter.ids?.includes(job.id) ?? true) &&
    (filter.states?.includes(job.state) ?? true) &&
    (filter.queue === undefined || job.command.queue === filter.queue) &&
    (filter.command === undefined || job.command.name === filter.command) &&
    (filter.tags?.every((tag) => job.command.tags.includes(tag)) ?? true)
  );
}
