import { randomUUID } from 'node:crypto';
import type { JsonObject, JsonValue } from '../base/json.ts';
import type { ContainerProgram } from '../engine/container-access.ts';
import type { JobAccess } from '../engine/job-access.ts';
import type { Caller, RefusedJob } from '../engine/submission.ts';
import { AgentError } from '../protocol/agent-error.ts';
import { parseCommand, type Command } from '../protocol/command.ts';
import type { KnownContainer } from './container-table.ts';
import { OTHER_PROCESS } from './process-watch.ts';
import { OWNER } from './resources.ts';

/** Resolves to the id of the process once it runs. Errors: why it does not. */
export async function execInContainer(
  jobs: JobAccess,
  { id }: KnownContainer,
  program: ContainerProgram,
): Promise<string> {
  const { path, args, dir, env, user } = program;
  const command = parseCommand({
    id: randomUUID(),
    command: OTHER_PROCESS,
    arguments: { container: id, name: path, args: [...args], ...given({ dir, env, user }) },
  });
  const { id: job } = await submit(jobs, command, { name: OWNER });
  const view = await jobs.view(job);
  const reader = view.read({ from: 'start', as: 'bytes' });
  const signal = new AbortController().signal;
  for (;;) {
    const items = await reader.next(64 * 1024, signal);
    if (items === undefined) break;
    if (items.some((item) => item.type === 'event' && item.event.event === 'started')) return job;
  }
  const { error, reason } = await view.result;
  throw AgentError.fromJSON(error ?? { code: 'failed', message: `Cannot run "${path}" in the container: ${reason}` });
}

/** Has a command of the machine run in a container, with all else it says: queue, restarts, limits of time, tags. */
export async function dispatchToContainer(
  jobs: JobAccess,
  { id, name }: KnownContainer,
  command: Command,
  caller: Caller,
): Promise<{ readonly id: string; readonly attached: boolean }> {
  if (command.name !== 'core.system' && command.name !== OTHER_PROCESS) {
    throw new AgentError(
      'bad-arguments',
      `Cannot dispatch "${command.name}" to the container "${name}": programs run in containers, by "core.system"`,
    );
  }
  if (
    command.args !== undefined &&
    (typeof command.args !== 'object' || command.args === null || Array.isArray(command.args))
  ) {
    throw new AgentError('bad-arguments', `Cannot dispatch to the container "${name}": "arguments" must be an object`);
  }
  const args = { ...(command.args as JsonObject | undefined), container: id } as JsonValue;
  return await submit(jobs, { ...command, name: OTHER_PROCESS, args }, caller);
}

async function submit(
  jobs: JobAccess,
  command: Command,
  caller: Caller,
): Promise<{ readonly id: string; readonly attached: boolean }> {
  const submission = jobs.submit(command, caller);
  if (submission.type === 'call') throw new AgentError('internal', `"${command.name}" is no job`);
  if (submission.type === 'refused') throw refusal(submission);
  const answer = await submission.accepted;
  if (answer.type === 'refused') throw refusal(answer);
  return { id: submission.id, attached: answer.attached };
}

function refusal({ result }: RefusedJob): AgentError {
  return AgentError.fromJSON(result.error ?? { code: 'failed', message: 'The job was refused' });
}

function given(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
