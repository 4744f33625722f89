import { AgentError } from '../protocol/agent-error.ts';
import { isErrorName } from '../protocol/error-codes.ts';
import type { ResultFrame } from '../protocol/frames.ts';
import type { JobResult } from '../protocol/result.ts';

/** The result in a frame, without what belongs to the frame. */
export function resultOf({ type: _type, ref: _ref, ...result }: ResultFrame): JobResult {
  return result;
}

/** The error a refused or failed call's result stands for. Its `number` is the result's code. */
export function errorOf(result: JobResult): AgentError {
  const { code = 'internal', message = `Cannot run "${result.command}": ${result.state}` } = result.error ?? {};
  const known = isErrorName(code) ? code : 'internal';
  return new AgentError(known, known === code ? message : `${message} (${code})`, { number: result.code });
}
