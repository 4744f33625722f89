import type { WireCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';

/** Throws what is wrong with a result. */
export type Check = (result: JobResult) => void;

/** What is done to a job beside waiting for its result. */
export type Interference = 'none' | 'kill' | 'cancel' | 'unschedule';

/** One command, what happens to it, and what must come of it. */
export interface Task {
  readonly command: WireCommand & { readonly id: string };
  readonly interference: Interference;
  /** Milliseconds from its acceptance to the interference. */
  readonly afterMs: number;
  readonly check: Check;
  /** Lines a stream must show, all of them once and in order, unless it was interfered with. */
  readonly lines?: readonly string[];
}

/** A check that the job ended by itself as wanted; one that was ended by somebody is fine as well when that was asked. */
export function endsAs(interference: Interference, wanted: Check): Check {
  return (result) => {
    if (interference === 'kill' && (result.reason === 'killed' || result.reason === 'cancelled')) {
      expect(result, 'state', 'KILLED');
      return;
    }
    if (interference === 'cancel' && result.reason === 'cancelled') {
      expect(result, 'code', 499);
      expect(result, 'runs', 0);
      return;
    }
    wanted(result);
  };
}

/** Throws when a member of a result is not as it must be. */
export function expect<Key extends keyof JobResult>(result: JobResult, key: Key, wanted: JobResult[Key]): void {
  const [found, hoped] = [JSON.stringify(result[key]), JSON.stringify(wanted)];
  if (found !== hoped) throw new Error(`"${key}" of ${result.id} is ${found} instead of ${hoped}`);
}
