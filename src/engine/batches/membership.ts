/** That a job belongs to a batch, and what the batch asks of it. Kept in the store with the job. */
export interface Membership {
  /** Id of the batch. */
  readonly batch: string;
  /** Jobs of the batch that may be in line or run at once; undefined: all. */
  readonly width: number | undefined;
  /** The batch starts nothing more when one of its jobs fails. */
  readonly stopsOnFailure: boolean;
}

/** How a job of a batch ended. */
export interface Fate {
  readonly state: string;
  readonly code: number;
  readonly reason: string;
  /** Wall clock, milliseconds; 0 when nothing of it ran. */
  readonly startedAt: number;
  /** Wall clock, milliseconds. */
  readonly endedAt: number;
}

/** What the store keeps of one job of a live batch, also when the job itself is forgotten. */
export interface MemberRow {
  readonly id: string;
  /** Undefined while it is live. */
  readonly fate: Fate | undefined;
}
