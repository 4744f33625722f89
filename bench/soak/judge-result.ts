import type { Exit } from '../../src/protocol/run.ts';
import type { Facts } from './facts.ts';
import type { JournalRun } from './journal.ts';

/** How long an agent that listens may take to store an outcome on a busy machine, and a program to write its first line. */
const LAG_MS = 3000;

/** How long a process that is killed may take to be gone, and those who spoke with it to see that. */
const DYING_MS = 1000;

/** Of a job that was ended between two runs. */
const IDLE_CODE = 499;

/** Steps of the clock. */
const STEP_MS = 20;

/** Everything about a result that can't be true, one sentence each. */
export function judgeResult(facts: Facts): string[] {
  const { plan, result, runs } = facts;
  const complaints: string[] = [];
  const demand = (isSo: boolean, complaint: string): void => {
    if (!isSo) complaints.push(complaint);
  };
  const last = runs.find(({ run }) => run === result.runs);
  demand(result.refused !== true, 'A job that was accepted is refused');
  demand(stateOf(facts) === result.state, `State ${result.state} does not follow from ${result.reason}`);
  demand(
    runs.every(({ run }) => run <= result.runs),
    'More runs began than the result knows of',
  );
  if (result.state === 'SUCCESS') demand(endedWith(last, 0), 'Success, but the program never came to its good end');
  if (result.exit !== undefined && last !== undefined) demand(isTrueExit(facts, last), `Not how the program ended`);
  demand(hasExcuse(facts, last), `No cause for the reason "${result.reason}"`);
  demand(hasRightRuns(facts), `${result.runs} runs are too many or too few`);
  demand(result.output.dropped === 0 || wasLoss(facts), 'Output was dropped');
  demand(plan.keeps === true || result.survivors.length === 0, 'Something survived');
  const wrote = runs.reduce((sum, run) => sum + run.wrote, 0);
  demand(result.output.bytes >= wrote || wasLoss(facts), `The program wrote ${wrote} bytes, the log has fewer`);
  return complaints;
}

/** The state and the code as the documents have them, from reason and exit alone. */
function stateOf({ result: { reason, exit, code } }: Facts): string {
  const isFine = reason === 'exited' && exit !== undefined && 'code' in exit && exit.code === 0;
  if (isFine !== (code === 0)) return `to be told by code ${code}`;
  if (isFine) return 'SUCCESS';
  if (reason === 'timeout') return 'TIMEOUT';
  return reason === 'killed' || reason === 'cancelled' ? 'KILLED' : 'ERROR';
}

function endedWith(run: JournalRun | undefined, code: number): boolean {
  return run?.end !== undefined && 'code' in run.end.exit && run.end.exit.code === code;
}

/** Whether the exit is what the program wrote down, or a signal somebody sent before it could. */
function isTrueExit(facts: Facts, run: JournalRun): boolean {
  const { exit, reason } = facts.result;
  if (exit === undefined) return false;
  if (run.end !== undefined && isSame(run.end.exit, exit)) return true;
  if (!('signal' in exit)) return false;
  if (facts.shots.get(run.key)?.includes(exit.signal as NodeJS.Signals) === true) return true;
  const isStopped = reason === 'killed' || reason === 'timeout';
  return isStopped && (exit.signal === 'SIGTERM' || exit.signal === 'SIGKILL');
}

function isSame(one: Exit, other: Facts['result']['exit']): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether something happened that leads to this reason. */
function hasExcuse(facts: Facts, last: JournalRun | undefined): boolean {
  const { plan, result, asked } = facts;
  switch (result.reason) {
    case 'exited':
      return last?.end !== undefined && result.exit !== undefined && 'code' in result.exit;
    case 'signaled':
      return last !== undefined && result.exit !== undefined && 'signal' in result.exit;
    case 'timeout': {
      const seconds = plan.command.max_time;
      return typeof seconds === 'number' && result.time >= seconds * 1000 - STEP_MS && result.exit !== undefined;
    }
    case 'killed':
      return asked.includes('kill') || (asked.includes('cancel') && result.code === IDLE_CODE);
    case 'cancelled':
      return (asked.includes('kill') || asked.includes('cancel') || asked.includes('unschedule')) && result.runs === 0;
    case 'out-of-memory':
      return plan.gorges === true;
    case 'lost':
      return isLostRightly(facts, last);
    case 'spawn-failed':
      return (
        plan.noProgram === true || (result.error?.code !== 'no-such-program' && wasLoss(facts) && last === undefined)
      );
    default:
      return false;
  }
}

/** A run is lost when its owner died while it ran, or before an agent heard how it ended. */
function isLostRightly(facts: Facts, last: JournalRun | undefined): boolean {
  return facts.losses.some((at) => {
    if (!isDuring(facts, at)) return false;
    if (last === undefined) return true;
    if (last.beganAt > at + LAG_MS) return false;
    const { end } = last;
    if (end === undefined || at - end.at < LAG_MS) return true;
    return facts.absences.some(({ from, to }) => from <= at && to >= end.at);
  });
}

/** Whether the owner of the processes was killed while the job lived, or so shortly before that it was taken for alive. */
export function wasLoss(facts: Facts): boolean {
  return facts.losses.some((at) => isDuring(facts, at));
}

function isDuring({ sentAt, resultAt }: Facts, at: number): boolean {
  return at >= sentAt - DYING_MS && at <= resultAt;
}

/** A failure that nobody asked for comes after all restarts; a success, or an end somebody asked for, before. */
function hasRightRuns({ plan, result, asked }: Facts): boolean {
  const { max_restart: restarts, recurring_period: period } = plan.command;
  if (typeof period === 'number') return true;
  const most = (restarts ?? 0) + 1;
  const isGivenUp = result.state === 'ERROR' || result.state === 'TIMEOUT';
  if (isGivenUp && result.reason !== 'spawn-failed' && asked.length === 0) return result.runs === most;
  return result.runs <= most;
}
