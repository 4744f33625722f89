/** What the CLI exits with. `run`, `exec`, `attach` and `wait` exit as the job did; everything else uses the rows of this table. */
import { constants } from 'node:os';
import type { JobResult } from '../protocol/result.ts';
import { signalNumber } from '../protocol/signals.ts';

export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
export const EXIT_CONFIG = 78;
export const EXIT_TIMEOUT = 124;
export const EXIT_AGENT_TROUBLE = 125;
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NO_SUCH_PROGRAM = 127;
/** A shell adds the number of the signal that ended a program. */
const SIGNAL_BASE = 128;

/** Every exit code with what it means, for the help and the documents. */
export const EXIT_CODES: readonly { readonly code: string; readonly meaning: string }[] = [
  { code: '0', meaning: 'done; `run`, `exec`, `attach`, `wait`: the job succeeded, or was left running' },
  {
    code: '1',
    meaning: 'the request was refused or a check failed; `run`, `exec`, `attach`, `wait`: as the job exited',
  },
  { code: '2', meaning: 'the command line is wrong; nothing was sent' },
  { code: 'n', meaning: '`run`, `exec`, `attach`, `wait`: the job exited with n' },
  { code: '78', meaning: '`start`: the configuration is wrong' },
  { code: '124', meaning: 'the job, or the wait for it, ran out of time' },
  {
    code: '125',
    meaning: 'the agent can’t be reached, lost the job, or could not start it; or a job it waited for did not succeed',
  },
  { code: '126', meaning: 'the program may not be executed' },
  { code: '127', meaning: 'there is no such program, or no such command' },
  { code: '128+n', meaning: 'signal n ended the job; 143 also when it was stopped and then exited with 0' },
  { code: '130', meaning: 'Ctrl-C ended the CLI itself' },
  { code: '141', meaning: 'the reader of standard output went away' },
];

/** The code a shell gives for a program that a signal ended. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return SIGNAL_BASE + signalNumber(signal);
}

/** What `run`, `exec`, `attach` and `wait` exit with: as the job did. A job that did not succeed never gives 0. */
export function exitCodeOfResult(result: JobResult): number {
  if (result.state === 'SUCCESS') return EXIT_OK;
  switch (result.reason) {
    case 'timeout':
      return EXIT_TIMEOUT;
    case 'lost':
    case 'dependency-failed':
      return EXIT_AGENT_TROUBLE;
    case 'spawn-failed':
      return exitCodeOfFailedStart(result.code);
    case 'rejected':
      return result.state === 'UNKNOWN_CMD' ? EXIT_NO_SUCH_PROGRAM : EXIT_AGENT_TROUBLE;
    case 'failed':
      return EXIT_FAILURE;
    case 'out-of-memory':
      return exitCodeOfSignal('SIGKILL');
    case 'killed':
    case 'cancelled':
      return exitCodeOfProcess(result) || exitCodeOfSignal('SIGTERM');
    case 'exited':
    case 'signaled':
      return exitCodeOfProcess(result) || EXIT_FAILURE;
  }
}

function exitCodeOfFailedStart(code: number): number {
  if (code === 404) return EXIT_NO_SUCH_PROGRAM;
  return code === 403 ? EXIT_NOT_EXECUTABLE : EXIT_AGENT_TROUBLE;
}

/** As the process of the last run ended; 0 when there is nothing to tell. */
function exitCodeOfProcess({ exit }: JobResult): number {
  if (exit === undefined) return 0;
  if ('code' in exit) return exit.code;
  return Object.hasOwn(constants.signals, exit.signal) ? exitCodeOfSignal(exit.signal as NodeJS.Signals) : 0;
}
