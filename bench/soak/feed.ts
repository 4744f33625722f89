import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from './caller.ts';
import type { Plan } from './plan.ts';

const PIECE_BYTES = 100_000;
/** Before a job that took nothing is asked again. */
const PAUSE_MS = 20;

/**
 * Gives a job its input piece by piece, each with its offset, so that it may be said again after a lost connection. What
 * was not taken, or refused for now, is given again, until the job is over.
 */
export async function feed(
  { id, inputBytes }: Plan,
  client: Caller,
  noise: Buffer,
  isOver: () => boolean,
  onRefusal: (code: string) => void,
): Promise<void> {
  if (inputBytes === undefined) return;
  let offset = 0;
  for (;;) {
    const piece = noise.subarray(offset, Math.min(inputBytes, offset + PIECE_BYTES));
    const close = offset + piece.length === inputBytes;
    const args = { id, base64: piece.toString('base64'), offset, close };
    const { state, data, error } = await client.call('job.stdin', args);
    if (state !== 'SUCCESS') {
      if (isOver()) return;
      onRefusal(error?.code ?? state);
      await sleep(PAUSE_MS);
      continue;
    }
    const answer = JSON.parse(data) as { readonly offset: number; readonly closed?: boolean };
    if (answer.closed === true) return;
    if (answer.offset <= offset) await sleep(PAUSE_MS);
    offset = Math.min(inputBytes, Math.max(offset, answer.offset));
  }
}
