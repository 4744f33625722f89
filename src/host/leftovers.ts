import type { Clock } from '../base/clock.ts';
import type { Survivor } from '../protocol/run.ts';
import type { RunKey } from './launcher.ts';
import { ProcessSurvey } from './process-survey.ts';
import { sweep } from './sweep.ts';

/** No process has this number: only the marker and descent tell who belongs to a run. */
const NO_PID = -1;

/** Ends what runs left behind whose owner died: every process that carries their marker, and what descends from one. */
export class Leftovers {
  readonly #clock: Clock;
  readonly #survey = new ProcessSurvey();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Kills what is left of a run, looking again until nothing is. Resolves to those that could not be killed. */
  async kill(key: RunKey): Promise<Survivor[]> {
    return (await sweep({ key, pid: NO_PID, startTime: 0, seen: new Map() }, this.#survey, this.#clock)) ?? [];
  }
}
