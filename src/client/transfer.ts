import { TROUBLE_PAUSE_MS, isPassing } from './passing-trouble.ts';
import type { Session } from './session.ts';

/** How far a transfer is, in bytes. */
export interface TransferProgress {
  readonly done: number;
  /** Size of the file; undefined where that is not known before its end. */
  readonly total: number | undefined;
  /** What an earlier try had done already. */
  readonly resumedFrom: number;
}

export interface TransferOptions {
  /** Told after each block. What it throws ends the transfer. */
  readonly onProgress?: (progress: TransferProgress) => void;
  /** Gives up, with the signal's reason. What was transferred is kept, and the same transfer goes on with it. */
  readonly signal?: AbortSignal;
}

/** A file that has arrived. */
export interface Transferred {
  readonly size: number;
  /** SHA-256 of it, hexadecimal: the same at both ends. */
  readonly sha256: string;
  /** Bytes that an earlier try had transferred already. */
  readonly resumedFrom: number;
}

/** Blocks that may be on their way at once: enough that neither side waits for the other. */
export const WINDOW = 4;
/** Tries while the agent can't answer just now. */
const TRIES = 60;

/** Asks the agent for one step of a transfer. Each may be repeated: a lost connection, or an agent that has no room just now, is no trouble. */
export async function transferStep<Answer>(
  session: Session,
  name: string,
  args: object,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  for (let left = TRIES; ; left -= 1) {
    try {
      const options = { idempotent: true, ...(signal === undefined ? {} : { signal }) };
      return (await session.call(name, args, options)) as Answer;
    } catch (error) {
      if (!isPassing(error) || left <= 1) throw error;
    }
    await session.pause(TROUBLE_PAUSE_MS);
  }
}
