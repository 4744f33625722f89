import type { JobView } from '../engine/job-view.ts';

const READ_BYTES = 256 * 1024;

export interface PastSearch {
  readonly run: number;
  /** Only what was said before this position is looked at. */
  readonly end: number;
  readonly matches: (text: string) => boolean;
  readonly signal: AbortSignal;
}

/**
 * Whether a run said something before it was found. One that said more than is kept has been at work for long: that
 * counts. What can't be read doesn't. Never rejects.
 */
export async function saidBefore(
  view: () => Promise<JobView>,
  { run, end, matches, signal }: PastSearch,
): Promise<boolean> {
  try {
    const reader = (await view()).read({ from: 'start', as: 'messages' });
    try {
      while (reader.position < end) {
        const items = await reader.next(READ_BYTES, signal);
        if (items === undefined) return false;
        for (const item of items) {
          if (item.type === 'gap') return true;
          if (item.type === 'messages' && item.run === run && item.messages.some(({ text }) => matches(text)))
            return true;
        }
      }
      return false;
    } finally {
      reader.close();
    }
  } catch {
    return false;
  }
}
