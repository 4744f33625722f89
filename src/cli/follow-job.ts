import type { JobHandle } from '../client/job-handle.ts';
import type { OutputItem } from '../client/job-items.ts';
import { isAgentError } from '../protocol/agent-error.ts';
import type { Cli } from './cli-context.ts';
import { followBytes, type FollowStyle } from './follow-output.ts';
import { ENDING_SIGNALS, onInterrupt } from './interrupts.ts';

/** While it is not disposed the first Ctrl-C, TERM or HUP stops the job; the next one leaves it running. */
export function stopOnInterrupt(job: JobHandle, cli: Cli, { notes }: FollowStyle): Disposable {
  const { output } = cli;
  return onInterrupt(cli, ENDING_SIGNALS, (signal) => {
    if (notes !== 'none') void output.note(stoppingNote(signal, job.id, output.stderr.isTerminal));
    job.kill().catch(() => undefined);
  });
}

/** Who is told about a job: a person on a terminal, unless everything was asked for. */
export function followStyle({ output }: Pick<Cli, 'output'>, isVerbose: boolean): FollowStyle {
  return { notes: isVerbose ? 'all' : output.stderr.isTerminal ? 'few' : 'none' };
}

/**
 * Shows a job's output to its end. A call has none to follow. When it can't be shown any more the job is stopped, as
 * SIGPIPE would.
 */
export async function followToTheEnd(
  job: JobHandle,
  { output }: Pick<Cli, 'output'>,
  style: FollowStyle,
  items: AsyncIterable<OutputItem> = job.output(),
): Promise<void> {
  try {
    await followBytes(items, output, style);
  } catch (error) {
    if (isAgentError(error) && error.code === 'unknown-job') return;
    if (!isAgentError(error)) await job.kill().catch(() => undefined);
    throw error;
  }
}

/** A terminal has just shown `^C`, so there the note takes a line of its own. */
function stoppingNote(signal: NodeJS.Signals, id: string, isTerminal: boolean): string {
  return `${isTerminal && signal === 'SIGINT' ? '\n' : ''}corex: stopping; once more leaves ${id} running`;
}
