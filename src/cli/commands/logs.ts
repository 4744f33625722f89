import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { JobMessage } from '../../client/job-items.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { followBytes, followMessages, type FollowStyle } from '../follow-output.ts';
import { tailPosition } from '../log-range.ts';
import { bytesIn, messagesIn, type LogRange, type StreamChoice } from '../log-reading.ts';
import { messageLine, writeJsonMessages } from '../message-line.ts';
import { withAgent } from '../with-agent.ts';

interface Wishes extends StreamChoice {
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly from: number | undefined;
  readonly messages: boolean;
  readonly json: boolean;
}

export const logs = defineCommand({
  usage: ['logs [options] ID'],
  details: [
    'Bytes come as the job wrote them, standard output to standard output and standard error to standard error. A position is the number of bytes before it in the output of all runs together; it means the same after any restart.',
    'With --json there is one JSON object a line: {"run", "seq", "level", "text", "epoch"} for a message, {"gap": {"from", "to"}} for output that was dropped.',
  ],
  options: {
    follow: { type: 'flag', short: 'f', summary: 'go on until the job has ended' },
    tail: { type: 'integer', short: 'n', value: 'N', min: 0, max: 1_000_000, summary: 'only the last N lines' },
    from: { type: 'integer', value: 'POSITION', min: 0, summary: 'only what stands at or after this position' },
    stdout: { type: 'flag', summary: 'only standard output' },
    stderr: { type: 'flag', summary: 'only standard error' },
    messages: { type: 'flag', short: 'm', summary: 'messages with time and level instead of bytes' },
    ...AGENT_OPTIONS,
    json: { type: 'flag', summary: 'one JSON object a line for each message' },
  },
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex logs backup', does: 'All that is kept of its output.' },
    { line: 'corex logs -f -n 20 backup', does: 'The last 20 lines, and what follows.' },
    { line: 'corex logs --json --from 8192 backup | jq -r .text', does: 'Messages for programs, from a position on.' },
  ],
  run: async ({ options, words: [id = ''], cli }) => {
    if (options.tail !== undefined && options.from !== undefined) {
      throw new UsageError('Cannot use --tail with --from: both say where to begin');
    }
    await withAgent(options, cli, (client) => show(client, id, options, cli));
    return EXIT_OK;
  },
});

async function show(client: Client, id: string, wishes: Wishes, { output }: Cli): Promise<void> {
  const job = client.job(id);
  const range = await chooseRange(client, job, wishes);
  const style: FollowStyle = { notes: wishes.follow && output.stderr.isTerminal ? 'few' : 'none' };
  if (wishes.json) await writeJsonMessages(messagesIn(job, range, wishes), output);
  else if (!wishes.messages) await followBytes(bytesIn(job, range, wishes), output, style);
  else {
    const format = (message: JobMessage): string => messageLine(message, output.stdout.paint);
    await followMessages(messagesIn(job, range, wishes), output, { ...style, format });
  }
}

async function chooseRange(client: Client, job: JobHandle, { follow, tail, from }: Wishes): Promise<LogRange> {
  const { output: position, state } = await client.jobs.get(job.id);
  const start = tail === undefined ? (from ?? 'start') : await tailPosition(job, position, tail);
  return { from: start, end: follow || state === 'settled' ? undefined : position };
}
