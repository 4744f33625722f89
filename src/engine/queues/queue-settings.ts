import type { Rate } from '../../protocol/rate.ts';

/** How a queue is set up. */
export interface QueueSettings {
  /** Jobs that may be active at once. Default 1. */
  readonly width?: number;
  /** Jobs that may wait; more are refused. Default: as many as the agent takes. */
  readonly limit?: number;
  /** Runs that may start in a time. Default: as many as the width lets. */
  readonly rate?: Rate;
  /** Runs that may start at once when none did for a while. Default 1. */
  readonly burst?: number;
  readonly paused?: boolean;
}

/** A change of them: what is missing stays as it is, null takes a bound away. */
export interface QueueChange {
  readonly width?: number;
  readonly limit?: number | null;
  readonly rate?: Rate | null;
  readonly burst?: number;
}
