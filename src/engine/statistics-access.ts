/** What built-ins may know of what jobs use and report. The agent fulfils it. */
import type { SeriesInfo, UseInfo } from '../protocol/statistics-info.ts';

/** Which series; everything given must hold. */
export interface SeriesQuery {
  readonly key?: string;
  /** How the key begins. */
  readonly prefix?: string;
  readonly id?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** At most this many, those with the newest values first. */
  readonly limit: number;
}

export interface StatisticsAccess {
  /**
   * What was measured of a job that lives or settled a while ago. `since`: only samples after this time, milliseconds
   * since 1970; `points`: at most so many, neighbours merged. Undefined when nothing was.
   */
  use(
    id: string,
    options: { readonly since?: number; readonly points?: number },
  ): { readonly samples: readonly UseInfo[]; readonly totals: UseInfo } | undefined;
  /** What jobs reported, and how many series went for want of room. */
  series(query: SeriesQuery): {
    readonly series: readonly SeriesInfo[];
    readonly total: number;
    readonly dropped: number;
  };
}
