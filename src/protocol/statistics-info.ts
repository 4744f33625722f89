/** What `job.stats` and `aggregator.query` tell. Times are milliseconds since 1970, sizes bytes, `cpu` percent of one core. */
import type { Measurement } from './run.ts';
import type { RunUsage } from './use.ts';

/** One sample of a job's use, or several in one: averages, and the most of what moves fastest. */
export interface UseInfo {
  /** When the last of them was taken. */
  readonly time: number;
  /** How many it stands for. */
  readonly samples: number;
  readonly cpu: number;
  readonly cpu_max: number;
  readonly rss: number;
  readonly rss_max: number;
  readonly vms: number;
  readonly swap: number;
  readonly processes: number;
}

/** What a job's processes use now, with what is known of before. All is missing that can't be told. */
export interface JobStatsInfo extends Partial<Measurement> {
  /** Oldest first; only when asked for. */
  readonly samples?: readonly UseInfo[];
  /** Over all samples that were taken of it. */
  readonly totals?: UseInfo;
  /** What the last run used in all, once the job has settled. */
  readonly usage?: RunUsage;
}

/** What the values of one window came to. */
export interface WindowInfo {
  readonly start: number;
  readonly count: number;
  readonly total: number;
  readonly avg: number;
  readonly max: number;
}

/** The values that jobs reported under one name, summed up in windows of 300 and of 3600 seconds. */
export interface SeriesInfo {
  readonly key: string;
  /** Whose they are: the job's id, or what it said in the tag `id`. */
  readonly id: string;
  /** `A`: averages · `D`: differences per second. */
  readonly op: 'A' | 'D';
  readonly tags: Readonly<Record<string, string>>;
  readonly last_value: number;
  readonly last_time: number;
  /** The window that goes on, by its seconds. */
  readonly current: Readonly<Record<string, WindowInfo>>;
  /** The last five closed windows that had values, oldest first, by their seconds. */
  readonly history: Readonly<Record<string, readonly WindowInfo[]>>;
}
