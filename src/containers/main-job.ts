/** The job that is a container's main process. */
import type { JobAccess } from '../engine/job-access.ts';
import type { AcceptedJob, RefusedJob } from '../engine/submission.ts';
import { AgentError } from '../protocol/agent-error.ts';
import { parseCommand } from '../protocol/command.ts';
import type { ContainerConfig } from '../protocol/container.ts';
import { MAIN_PROCESS } from './process-watch.ts';
import { OWNER } from './resources.ts';

/** Its id says which start it is, so that a start that was asked for twice is one. */
export function mainJobId(container: string, start: number): string {
  return `${container}.${start}`;
}

/** Longest title, in characters. */
const TITLE_LENGTH = 200;

function mainTitle({ name, entry_point: entryPoint }: ContainerConfig): string {
  const words = entryPoint === undefined ? [] : [entryPoint.path, ...entryPoint.args];
  const line = [`${name}:`, ...words].join(' ').replaceAll(/\s+/g, ' ');
  return line.length > TITLE_LENGTH ? `${line.slice(0, TITLE_LENGTH - 1)}…` : line;
}

/** Asks for a start. `files`: sequence of the last file that goes in with it. */
export async function submitMain(
  jobs: JobAccess,
  container: string,
  config: ContainerConfig,
  files: number,
): Promise<AcceptedJob | Pick<RefusedJob, 'type' | 'result'>> {
  const command = parseCommand({
    id: mainJobId(container, config.starts),
    command: MAIN_PROCESS,
    arguments: {
      container,
      start: config.starts,
      files,
      title: mainTitle(config),
      open_stdin: config.open_stdin,
      ...(config.terminal && { pty: config.terminal }),
    },
    tags: config.tags,
    kill_grace: config.stop_grace,
  });
  const submission = jobs.submit(command, { name: OWNER });
  if (submission.type === 'call') throw new AgentError('internal', `"${MAIN_PROCESS}" is no job`);
  return submission.type === 'job' ? await submission.accepted : submission;
}
