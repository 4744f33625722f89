import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { JobMessage, MessageItem } from '../../client/job-items.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { followBytes, followMessages, type FollowStyle } from '../follow-output.ts';
import { bytesIn, lastMessages, messagesIn, type LogRange } from '../log-reading.ts';
import { chooseRange, LOG_OPTIONS, readWishes, type LogWishes } from '../log-wishes.ts';
import { messageLine, writeJsonMessages } from '../message-line.ts';
import { mergeLogs, writeSeveral } from '../several-logs.ts';
import { SESSION_RECONNECT } from '../terminal/end-session.ts';
import { showPast } from '../terminal/replay.ts';
import { withAgent } from '../with-agent.ts';

export const logs = defineCommand({
  usage: ['logs [options] ID…'],
  details: [
    'Bytes come as the job wrote them, standard output to standard output and standard error to standard error. A position is the number of bytes before it in the output of all runs together; it means the same after any restart.',
    'Of several jobs it shows messages, each line behind the id of its job, in order of time.',
    'Following goes on over restarts of the job and of the agent, and over lost connections, without losing or doubling anything. Output that a limit of the agent has dropped is told where it is missing.',
    'With --json there is one JSON object a line: {"run", "seq", "level", "text", "epoch"} for a message, {"gap": {"from", "to"}} for output that was dropped; with several jobs each has its "id".',
  ],
  options: {
    ...LOG_OPTIONS,
    ...AGENT_OPTIONS,
    json: { type: 'flag', summary: 'one JSON object a line for each message' },
  },
  words: { min: 1, max: Number.POSITIVE_INFINITY },
  examples: [
    { line: 'corex logs backup', does: 'All that is kept of its output.' },
    { line: 'corex logs -f -n 20 backup', does: 'The last 20 lines, and what follows.' },
    { line: 'corex logs -f web worker', does: 'What both say, as it comes.' },
    {
      line: 'corex logs --since 1h --level 7-9 -t web',
      does: 'Warnings and errors of the last hour, with their times.',
    },
    { line: 'corex logs --json --from 8192 backup | jq -r .text', does: 'Messages for programs, from a position on.' },
  ],
  run: async ({ options, words, cli }) => {
    const ids = [...new Set(words)];
    const wishes = readWishes(options, ids, Date.now());
    const isWatched = wishes.follow && cli.output.stderr.isTerminal;
    const connection = wishes.follow ? { onStatus: connectionNotes(cli, isWatched), reconnect: SESSION_RECONNECT } : {};
    await withAgent(options, cli, (client) => show(client, ids, wishes, cli), connection);
    return EXIT_OK;
  },
});

/** A job and the part of its output that is wanted. */
interface ChosenLog {
  readonly id: string;
  readonly job: JobHandle;
  readonly range: LogRange;
}

async function show(client: Client, ids: readonly string[], wishes: LogWishes, cli: Cli): Promise<void> {
  const chosen = await Promise.all(
    ids.map(async (id) => {
      const job = client.job(id);
      return { id, job, range: await chooseRange(client.jobs, job, wishes) };
    }),
  );
  if (wishes.messages) await showMessages(chosen, wishes, cli);
  else for (const log of chosen) await showBytes(log, wishes, cli);
}

async function showBytes({ job, range }: ChosenLog, wishes: LogWishes, { output }: Cli): Promise<void> {
  const from = typeof range.from === 'object' ? 'start' : range.from;
  const items = bytesIn(job, { from, end: range.end }, wishes);
  const isCleaned = output.stdout.isTerminal && !wishes.raw;
  await followBytes(isCleaned ? showPast(items) : items, output, styleOf(wishes, output));
}

async function showMessages(chosen: readonly ChosenLog[], wishes: LogWishes, { output }: Cli): Promise<void> {
  const logs = chosen.map(({ id, job, range }) => ({ id, items: messagesOf(job, range, wishes) }));
  const style = styleOf(wishes, output);
  const { paint } = output.stdout;
  const time = wishes.timestamps ? 'date' : wishes.showsLevels ? 'day' : 'none';
  const format = (message: JobMessage, prefix = ''): string =>
    messageLine(message, { paint, time, hasLevel: wishes.showsLevels, prefix });
  const [only, another] = logs;
  if (only === undefined) return;
  if (another !== undefined) {
    if (wishes.json) await writeJsonMessages(mergeLogs(logs), output);
    else await writeSeveral(logs, output, { hasNotes: style.notes !== 'none', format });
  } else if (wishes.json) await writeJsonMessages(withoutId(only.items), output);
  else await followMessages(only.items, output, { ...style, format });
}

function messagesOf(job: JobHandle, range: LogRange, wishes: LogWishes): AsyncIterable<MessageItem> {
  const items = messagesIn(job, range, wishes);
  const { tail, levels, since } = wishes;
  const isCounted = tail !== undefined && levels !== undefined;
  if (!isCounted || typeof range.from === 'object') return items;
  if (range.end !== undefined || !wishes.follow) return lastMessages(items, tail);
  return since === undefined ? items : lastThenOn(job, range.from, wishes, tail);
}

/** The last messages of those that are there, and what follows. */
async function* lastThenOn(
  job: JobHandle,
  from: 'start' | number,
  wishes: LogWishes,
  tail: number,
): AsyncGenerator<MessageItem> {
  const first = from === 'start' ? 0 : from;
  for await (const item of messagesIn(job, { from: { tail }, end: undefined }, wishes)) {
    if (item.type !== 'message' || item.seq >= first) yield item;
  }
}

async function* withoutId(items: AsyncIterable<MessageItem>): AsyncGenerator<{ item: MessageItem }> {
  for await (const item of items) yield { item };
}

function styleOf({ follow }: LogWishes, { stderr }: Cli['output']): FollowStyle {
  return { notes: follow && stderr.isTerminal ? 'few' : 'none', gapsInPlace: true };
}
