import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from './plan.ts';
import type { SoakClient } from './soak-client.ts';

const PIECE_BYTES = 100_000;
/** Before a job that took nothing is asked again. */
const PAUSE_MS = 20;

/**
 * Gives a job its input piece by piece, each with its offset, so that it may be said again after a lost connection. What
 * was not taken, or refused for now, is given again, until the job is over.
 */
export async function feed(
  { id, inputBytes }: Plan,
  client: SoakClient,
  noise: Buffer,
  isOver: () => boolean,
  onRefusal: (code: string) => void,
): Promise<void> {
  if (inputBytes === undefined) return;
  let offset = 0;
  for (;;) {
    const piece = noise.subarray(offset, Math.min(inputBytes, offset + PIECE_BYTES));
    const close = offset + piece.length === inputBytes;
    const { state, data, error } = await client.ask({
      command: 'job.stdin',
      arguments: { id, base64: piece.toString('base64'), offset, close },
    });
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
