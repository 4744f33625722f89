import type { Clock } from '../base/clock.ts';
import { errorMessage, isAgentError } from '../protocol/agent-error.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Place } from './process.ts';

/** How long until somebody looks again. Milliseconds. */
const LOOK_AGAIN_MS = 250;

/** Resolves when the place is in no trouble, or when nobody waits for it any more. `isRefused`: it just refused, so not at once. */
export async function untilPlaceAnswers(
  place: Place,
  clock: Clock,
  isRefused: boolean,
  isUnwanted: () => boolean,
): Promise<void> {
  for (let must = isRefused; (must || place.trouble !== undefined) && !isUnwanted(); must = false) {
    await new Promise<void>((resolve) => clock.after(LOOK_AGAIN_MS, resolve));
  }
}

/** What is to be expected of a place now and then: it dies or is silent, and whoever asked is answered all the same. */
const EXPECTED: ReadonlySet<string> = new Set(['keeper-unavailable', 'lost', 'shutting-down']);

/** Notes what a place could not do, with the error: as a warning where that is to be expected, as an error where it isn't. */
export function logTrouble(logger: Logger, facts: Record<string, unknown>, what: string): (error: unknown) => void {
  return (error) => {
    const isExpected = isAgentError(error) && EXPECTED.has(error.code);
    logger[isExpected ? 'warn' : 'error']({ ...facts, error: errorMessage(error) }, what);
  };
}
