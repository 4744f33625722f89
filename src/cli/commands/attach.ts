import type { Client } from '../../client/client.ts';
import type { ClientStatus } from '../../client/client-status.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import type { JobInfo } from '../../protocol/job-info.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { connectionNotes } from '../connection-notes.ts';
import { followStyle, followToTheEnd, stopOnInterrupt } from '../follow-job.ts';
import { forwardInput } from '../forward-input.ts';
import { tellEnd } from '../job-end.ts';
import { tailPosition } from '../log-range.ts';
import { DETACH_KEYS_OPTION, readDetachKeys } from '../terminal/detach-keys.ts';
import { endSession, SESSION_RECONNECT } from '../terminal/end-session.ts';
import { showPast } from '../terminal/replay.ts';
import { screenTail } from '../terminal/screen-tail.ts';
import { TerminalSession } from '../terminal/terminal-session.ts';
import { withAgent } from '../with-agent.ts';

const { dataDir, url, tokenFile } = AGENT_OPTIONS;

interface Wishes {
  readonly noStdin: boolean;
  readonly tail: number | undefined;
  readonly detachKeys: Buffer;
}

export const attach = defineCommand({
  usage: ['attach [options] ID'],
  details: [
    'Shows what the job writes from now on, sends it what is typed or piped in, and exits as it did. A job that has ended is shown from its beginning.',
    'A job on a terminal is shown as it looks now, and its terminal takes the size of this one. Any number may be attached to it at once: all see the same, all can type, and the size is that of who came or changed last. Ctrl-P Ctrl-Q leaves it running, as SIGTERM and a closed window do; Ctrl-C goes to the job.',
    'Without a terminal Ctrl-C stops the job, unless --no-stdin makes this a mere spectator. The end of a pipe or file does not end the job’s input; Ctrl-D does.',
  ],
  options: {
    noStdin: { type: 'flag', summary: 'only look on: send nothing, leave size and job alone; Ctrl-C leaves it' },
    tail: { type: 'integer', short: 'n', value: 'N', min: 0, max: 1_000_000, summary: 'begin with the last N lines' },
    ...DETACH_KEYS_OPTION,
    dataDir,
    url,
    tokenFile,
  },
  words: { min: 1, max: 1 },
  examples: [
    { line: 'corex attach dev', does: 'Look at it, type to it, leave it by Ctrl-P Ctrl-Q.' },
    { line: 'corex attach --no-stdin --tail 20 backup', does: 'Follow it from its last 20 lines on, to its end.' },
  ],
  run: async ({ options, words: [id = ''], cli }) => {
    const wishes: Wishes = { ...options, detachKeys: readDetachKeys(options.detachKeys) };
    const plainNotes = connectionNotes(cli, followStyle(cli, false).notes !== 'none');
    let onStatus = plainNotes;
    const work = async (client: Client): Promise<number> => {
      const job = client.job(id);
      const info = await client.jobs.get(id);
      if (info.state === 'settled') return await showSettled(job, info, wishes, cli);
      if (info.pty !== true || cli.terminal.size === undefined) return await follow(job, info, wishes, cli);
      const session = newSession(wishes, cli);
      onStatus = session.onStatus;
      return await onTerminal(job, info, wishes, cli, session);
    };
    const connection = { onStatus: (status: ClientStatus) => onStatus(status), reconnect: SESSION_RECONNECT };
    return await withAgent(options, cli, work, connection);
  },
});

function newSession({ noStdin, detachKeys }: Wishes, cli: Cli): TerminalSession {
  return new TerminalSession(cli, { typing: noStdin ? 'nothing' : 'to the job', detachKeys, setsSize: !noStdin });
}

async function onTerminal(
  job: JobHandle,
  { output: from }: JobInfo,
  { noStdin, tail }: Wishes,
  cli: Cli,
  session: TerminalSession,
): Promise<number> {
  const { size, keyboard } = cli.terminal;
  const before = await screenTail(job, from, { rows: tail ?? size?.rows ?? 0 });
  if (keyboard === undefined && !noStdin) void forwardInput(cli.stdin(), job, { ends: false });
  return await endSession(await session.run(job, { from, before }), job, cli);
}

/** As two streams of bytes. */
async function follow(job: JobHandle, { output }: JobInfo, { noStdin, tail }: Wishes, cli: Cli): Promise<number> {
  const style = followStyle(cli, false);
  using _interrupts = noStdin ? undefined : stopOnInterrupt(job, cli, style);
  if (!noStdin) void forwardInput(cli.stdin(), job, { ends: cli.terminal.keyboard !== undefined });
  const from = tail === undefined ? output : await tailPosition(job, output, tail);
  await followToTheEnd(job, cli, style, job.output({ from }));
  return await tellEnd(await job.result(), false, cli);
}

async function showSettled(job: JobHandle, { output }: JobInfo, { tail }: Wishes, cli: Cli): Promise<number> {
  const from = tail === undefined ? 'start' : await tailPosition(job, output, tail);
  const items = job.output({ from });
  const isSeen = cli.terminal.size !== undefined;
  await followToTheEnd(job, cli, followStyle(cli, false), isSeen ? showPast(items) : items);
  return await tellEnd(await job.result(), false, cli);
}
