import { randomBytes } from 'node:crypto';

const TIME_DIGITS = 9;
const RANDOM_BYTES = 9;

/**
 * A name no job had before or will have again, fit for a folder. It begins with the time, so that jobs
 * stored one after the other stand near each other in the store.
 */
export function makeJobUid(nowMs: number): string {
  return nowMs.toString(36).padStart(TIME_DIGITS, '0') + randomBytes(RANDOM_BYTES).toString('base64url');
}
