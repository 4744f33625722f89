import type { JobResult } from '../protocol/result.ts';

/** That the agent has a job: it is stored there and will run, whatever happens. */
export interface Acceptance {
  readonly id: string;
  /** It existed before, with the same content; nothing was started. */
  readonly attached: boolean;
}

/** Where a handle learns of its job. Both may be asked any number of times. */
export interface JobSource {
  readonly id: string;
  accepted(): Promise<Acceptance>;
  /** Resolves when the job has settled, however it ended. */
  result(): Promise<JobResult>;
}
