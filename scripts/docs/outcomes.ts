/** What a job's end means, worked out by the very functions that decide it. */
import {
  outcomeOfEnd,
  outcomeOfFailedStart,
  outcomeOfIdleKill,
  type RunOutcome,
} from '../../src/engine/run-outcome.ts';
import type { RunEnd, RunEnding } from '../../src/engine/process.ts';
import { AgentError } from '../../src/protocol/agent-error.ts';
import { ERROR_CODES, type ErrorName } from '../../src/protocol/error-codes.ts';
import { REASON_MEANINGS, type Reason } from '../../src/protocol/reasons.ts';
import type { StopReason } from '../../src/protocol/run.ts';
import { buildRefusal } from '../../src/engine/result-builder.ts';
import { code, sentence, table } from './markdown.ts';

interface Case {
  readonly reason: Reason;
  readonly state: string;
  readonly code: number;
  readonly when: string;
}

export function outcomeTable(): string {
  return table(
    ['reason', 'meaning', 'for example', 'state', 'code'],
    cases().map(({ reason, when, state, code: number }) => [
      code(reason),
      sentence(REASON_MEANINGS[reason]),
      when,
      code(state),
      String(number),
    ]),
  );
}

function cases(): Case[] {
  return [
    ended('exit code 0', { type: 'exit', exit: { code: 0 }, outOfMemory: false }),
    ended('exit code 3', { type: 'exit', exit: { code: 3 }, outOfMemory: false }),
    ended('SIGSEGV', { type: 'exit', exit: { signal: 'SIGSEGV' }, outOfMemory: false }),
    ended('it ends on TERM', { type: 'exit', exit: { signal: 'SIGTERM' }, outOfMemory: false }, 'timeout'),
    ended('it answers TERM with exit code 0', { type: 'exit', exit: { code: 0 }, outOfMemory: false }, 'timeout'),
    ended('it had to be killed', { type: 'exit', exit: { signal: 'SIGKILL' }, outOfMemory: false }, 'killed'),
    ended('a function that stops', { type: 'returned', data: 'null' }, 'killed'),
    of('in its queue', outcomeOfIdleKill(0)),
    ended('the kernel kills it', { type: 'exit', exit: { signal: 'SIGKILL' }, outOfMemory: true }),
    ...(
      ['no-such-program', 'not-executable', 'bad-directory', 'bad-arguments', 'no-secret', 'no-resources'] as const
    ).map(failedStart),
    ended('a function that throws', {
      type: 'threw',
      error: { code: 'failed', message: '', number: ERROR_CODES.failed.number },
    }),
    ended('the keeper dies', { type: 'lost', message: '' }),
    ...(['unknown-command', 'duplicate-id', 'bad-command', 'too-many'] as const).map(refused),
  ];
}

function ended(when: string, ending: RunEnding, stop?: StopReason): Case {
  const end: RunEnd = {
    ending,
    ...(stop === undefined ? {} : { stop }),
    startedAt: 0,
    durationMs: 0,
    outputEnd: 0,
    outputDropped: 0,
    outputOnDisk: false,
    outputOpen: false,
    survivors: [],
    cleanup: 'group',
  };
  return of(when, outcomeOfEnd(end, []));
}

function failedStart(name: ErrorName): Case {
  const { number, retryable, meaning } = ERROR_CODES[name];
  const error = { code: name, message: meaning, number };
  return of(code(name), outcomeOfFailedStart({ type: 'failed', error, retryable }));
}

function refused(name: ErrorName): Case {
  const { reason, state, code: number } = buildRefusal({ name: 'x' }, new AgentError(name, ''));
  return { reason, state, code: number, when: code(name) };
}

function of(when: string, { reason, state, code: number }: RunOutcome): Case {
  return { reason, state, code: number, when };
}
