/** A job's output as lines of a pager, of which the newest are kept. */
import type { Client } from '../../client/client.ts';
import type { JobItem } from '../../client/job-items.ts';
import { isAgentError } from '../../protocol/agent-error.ts';
import { STDERR_LEVEL, STDOUT_LEVEL } from '../../protocol/levels.ts';
import type { OutputStream } from '../../protocol/output.ts';
import { describeEnd, describeEvent, describeGap } from '../job-notes.ts';
import { tailPosition } from '../log-range.ts';
import { levelName, lookOf } from '../message-line.ts';
import type { Look } from '../paint.ts';

/** A line of a pager. */
export interface LogLine {
  readonly text: string;
  readonly look?: Look | undefined;
  /** Milliseconds since 1970, where that is known. */
  readonly epoch?: number;
  /** Said of the job, not by it. */
  readonly isNote?: true;
}

/** Lines it begins with, and characters of a line. */
const FIRST_LINES = 1000;
const LONGEST_LINE = 4000;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const STEERING = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])/g;

/**
 * The newest lines of a job's output and all that follow, over all its runs, to its end. A raw job has no messages, so
 * its lines have no times. Errors: AgentError `unknown-job`, `disconnected`; the signal's reason.
 */
export async function* logLines(client: Client, id: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  try {
    yield* linesOfMessages(client, id, signal);
  } catch (error) {
    if (!isAgentError(error) || error.code !== 'bad-arguments') throw error;
    yield* linesOfBytes(client, id, signal);
  }
  const result = await client.job(id).result();
  yield { text: `ended: ${describeEnd(result)}`, look: result.state === 'SUCCESS' ? 'good' : 'bad', isNote: true };
}

async function* linesOfMessages(client: Client, id: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  for await (const item of client.job(id).messages({ from: 'now', tail: FIRST_LINES, signal })) {
    if (item.type !== 'message') yield* noteOf(item);
    else {
      const { level, epoch } = item;
      const name = level === STDOUT_LEVEL || level === STDERR_LEVEL ? '' : `${levelName(level)}: `;
      for (const line of item.text.split('\n')) yield { text: name + visible(line), look: lookOf(level), epoch };
    }
  }
}

async function* linesOfBytes(client: Client, id: string, signal: AbortSignal): AsyncGenerator<LogLine> {
  const job = client.job(id);
  const { output } = await client.jobs.get(id);
  const from = await tailPosition(job, output, FIRST_LINES);
  const open = new Map<OutputStream, string>();
  const lineOf = (stream: OutputStream, text: string): LogLine => ({
    text: visible(text),
    look: stream === 'stderr' ? 'bad' : undefined,
  });
  for await (const item of job.output({ from, signal })) {
    if (item.type !== 'bytes') yield* noteOf(item);
    else {
      const lines = `${open.get(item.stream) ?? ''}${item.bytes.toString('utf8')}`.split('\n');
      open.set(item.stream, (lines.pop() ?? '').slice(-LONGEST_LINE));
      for (const line of lines) yield lineOf(item.stream, line);
    }
  }
  for (const [stream, text] of open) if (text !== '') yield lineOf(stream, text);
}

function* noteOf(item: Exclude<JobItem, { type: 'bytes' | 'message' }>): Generator<LogLine> {
  if (item.type === 'gap') yield { text: describeGap(item), look: 'warning', isNote: true };
  if (item.type !== 'event') return;
  const text = describeEvent(item.event, { detailed: true });
  if (text !== undefined) yield { text, look: 'dim', isNote: true };
}

/** What a terminal would leave standing of a line: without colours, and after the last carriage return. */
function visible(line: string): string {
  const text = line.slice(0, LONGEST_LINE).replaceAll(STEERING, '').replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}
