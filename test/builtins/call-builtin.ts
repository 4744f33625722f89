import { builtins } from '../../builtins/index.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { JsonValue } from '../../src/base/json.ts';
import { checkBuiltinArguments, startCall, type BuiltinServices } from '../../src/engine/calls.ts';
import type { SessionAccess } from '../../src/engine/session-access.ts';
import type { AgentError } from '../../src/protocol/agent-error.ts';
import { parseCommand } from '../../src/protocol/command.ts';
import type { JobResult } from '../../src/protocol/result.ts';

/** Why a call came to nothing: the error's code, its number, its text. */
export interface Failure {
  readonly code: string;
  readonly number: number;
  readonly message: string;
}

/** A call under way, as the engine runs it. Errors: AgentError `bad-arguments`. */
export function startBuiltin(name: string, args: unknown, services: BuiltinServices, session?: SessionAccess) {
  const builtin = builtins.find((candidate) => candidate.name === name);
  if (builtin === undefined) throw new TypeError(`There is no built-in "${name}"`);
  const command = parseCommand({ command: name, ...(args === undefined ? {} : { arguments: args }) });
  const checked = checkBuiltinArguments(builtin, command);
  const caller = { name: 'test', ...(session === undefined ? {} : { session }) };
  return startCall(builtin, checked, command, caller, services, systemClock);
}

/** What a built-in answers, through JSON as a client sees it. */
export async function callBuiltin(
  name: string,
  args: unknown,
  services: BuiltinServices,
  session?: SessionAccess,
): Promise<JsonValue> {
  const result = await startBuiltin(name, args, services, session).result;
  if (result.state !== 'SUCCESS') throw new Error(`${name} failed: ${JSON.stringify(result.error)}`);
  return JSON.parse(result.data) as JsonValue;
}

/** How a built-in fails: refused for its arguments, or by what it throws. */
export async function failBuiltin(
  name: string,
  args: unknown,
  services: BuiltinServices,
  session?: SessionAccess,
): Promise<Failure> {
  let result: JobResult;
  try {
    result = await startBuiltin(name, args, services, session).result;
  } catch (error) {
    const { code, number, message } = error as AgentError;
    return { code, number, message };
  }
  if (result.error === undefined) throw new Error(`${name} did not fail: ${result.data}`);
  return { code: result.error.code, number: result.code, message: result.error.message };
}
