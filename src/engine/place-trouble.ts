import type { Clock } from '../base/clock.ts';
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
