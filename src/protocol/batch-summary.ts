/** How a batch ended: the `data` of its result. Times are milliseconds. */
export interface BatchSummary {
  /** Commands of the batch. */
  readonly jobs: number;
  /** How many ended with each state, and for each reason. */
  readonly states: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, number>>;
  /** Jobs that did not succeed. */
  readonly failed: number;
  /** The first 100 of them, in the order of the batch. */
  readonly failures: readonly BatchFailure[];
  /** It started no more jobs, as one had failed. */
  readonly stopped: boolean;
  /** Start of the first run and end of the last job, since 1970; 0 when nothing ran. */
  readonly started: number;
  readonly ended: number;
}

/** A job of a batch that did not succeed. */
export interface BatchFailure {
  readonly id: string;
  readonly state: string;
  readonly code: number;
  readonly reason: string;
}
