import type { Clock } from '../base/clock.ts';
import type { Cleanup, ProcessIdentity, Survivor } from '../protocol/run.ts';
import type { RunKey } from './launcher.ts';
import { findIdentified, isOfAnotherBoot } from './process-identity.ts';
import { ProcessSurvey } from './process-survey.ts';
import { sweep } from './sweep.ts';

/** No process has this number: only the marker and descent tell who belongs to a run. */
const NO_PID = -1;

/** What is known of a run's leftovers once they were ended. */
export interface Cleared {
  readonly cleanup: Cleanup;
  /** Those that could not be killed. */
  readonly survivors: readonly Survivor[];
}

/** Ends what runs left behind whose owner died. */
export class Leftovers {
  readonly #clock: Clock;
  readonly #survey = new ProcessSurvey();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Kills what is left of a run, looking again until nothing is: every process that carries its marker, what descends
   * from one, and, where its `main` process is known and still there, that one's session and group. Nothing is ever
   * signalled for its number alone, and nothing at all when the machine was started again since.
   */
  async kill(key: RunKey, main?: ProcessIdentity): Promise<Cleared> {
    if (main !== undefined && isOfAnotherBoot(main)) return { cleanup: 'reboot', survivors: [] };
    const isThere = main !== undefined && findIdentified(main) !== undefined;
    const pid = isThere ? main.pid : NO_PID;
    const survivors = await sweep(
      { key, pid, startTime: main?.startTime ?? 0, seen: new Map() },
      this.#survey,
      this.#clock,
    );
    return survivors === undefined ? { cleanup: 'none', survivors: [] } : { cleanup: 'sweep', survivors };
  }
}
