import { AgentError, errorMessage, isAgentError } from '../../src/protocol/agent-error.ts';
import type { JobResult } from '../../src/protocol/result.ts';

/** The result of something that went well. */
export function successOf(id: string, command: string, data: unknown = null): JobResult {
  return {
    id,
    command,
    data: JSON.stringify(data),
    streams: ['', ''],
    level: 20,
    state: 'SUCCESS',
    code: 0,
    starttime: 1,
    time: 1,
    tags: [],
    container: 0,
    reason: 'exited',
    runs: 1,
    output: { bytes: 0, dropped: 0 },
    output_open: false,
    cleanup: 'none',
    survivors: [],
  };
}

/** The result of something that threw. */
export function failureOf(id: string, command: string, error: unknown): JobResult {
  const known = isAgentError(error) ? error : new AgentError('failed', errorMessage(error));
  return {
    ...successOf(id, command),
    data: '',
    level: 0,
    state: 'ERROR',
    code: known.number,
    reason: 'failed',
    error: { code: known.code, message: known.message },
  };
}

/** The result of a command that was refused. */
export function refusalOf(frame: unknown, error: unknown): JobResult {
  const { id, command } = frame as { id?: unknown; command?: unknown };
  const failure = failureOf(typeof id === 'string' ? id : 'none', typeof command === 'string' ? command : '', error);
  return { ...failure, reason: 'rejected', runs: 0, starttime: 0, time: 0, refused: true };
}
