import type { Backoff } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { ControllerCounts } from './controller-counts.ts';
import type { ControllerState } from './controller-state.ts';
import type { Input, InputKind } from './declarations.ts';
import type { OutputTracking } from './output-tracking.ts';

/** What a controller is run with. */
export interface RunnerParts {
  readonly state: ControllerState;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly counts: ControllerCounts;
  readonly tracking: OutputTracking;
  readonly clock: Clock;
  readonly random: () => number;
  readonly setInputs: (inputs: readonly Input<InputKind>[]) => void;
}

/** Half a second, then half as long again each time, up to a minute. */
export const CONTROLLER_BACKOFF: Backoff = { firstMs: 500, factor: 1.5, capMs: 60_000, jitter: 0.5 };
