import path from 'node:path';
import { systemClock } from '../base/clock.ts';
import type { Client } from '../client/client.ts';
import type { ClientStatus } from '../client/client-status.ts';
import type { TransferOptions, TransferProgress, Transferred } from '../client/transfer.ts';
import type { FoundAgent, AgentChoice } from './agent-address.ts';
import type { Cli } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import { ENDING_SIGNALS, Interrupted, onInterrupt } from './interrupts.ts';
import { formatBytes } from './sizes.ts';
import { ProgressBar } from './terminal/progress-bar.ts';
import { withAgent } from './with-agent.ts';

/** A connection that is lost is tried again for so long: an agent may be started anew, a network may come back. Milliseconds. */
const GIVE_UP_AFTER_MS = 60_000;

/** What `upload` and `download` are told to do. */
export interface FileTransfer {
  /** Name of the file, for people. */
  readonly label: string;
  readonly isJson: boolean;
  /** Carries it out. */
  work(client: Client, agent: FoundAgent, options: TransferOptions): Promise<TransferredFile>;
}

export interface TransferredFile extends Transferred {
  /** Where the file is now. */
  readonly path: string;
}

/** Transfers one file with a bar on a terminal, and tells how it went. A signal ends it; the same command goes on with it. */
export async function transferFile(choice: AgentChoice, cli: Cli, transfer: FileTransfer): Promise<void> {
  const { output, env } = cli;
  const ending = new AbortController();
  using _interrupts = onInterrupt(cli, ENDING_SIGNALS, (signal) => {
    ending.abort(new Interrupted(signal));
  });
  const began = systemClock.monotonic();
  await using bar = new ProgressBar({ output, env, clock: systemClock, label: transfer.label, unit: 'bytes' });
  const drawing = drawProgress(bar);
  try {
    const done = await withAgent(
      choice,
      cli,
      (client, agent) =>
        transfer.work(client, agent, { signal: ending.signal, onProgress: (progress) => drawing.onProgress(progress) }),
      {
        onStatus: (status) => drawing.onStatus(status),
        reconnect: { giveUpAfterMs: GIVE_UP_AFTER_MS, capMs: 1000 },
      },
    );
    await bar.end();
    await tell(done, (systemClock.monotonic() - began) / 1000, transfer, cli);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await bar.end();
    await output.note('corex: what was transferred is kept; the same command goes on with it');
    cli.endBySignal(error.signal);
  }
}

/** Draws how far it is, and that the connection is lost. */
function drawProgress(bar: ProgressBar): {
  onProgress: (progress: TransferProgress) => void;
  onStatus: (status: ClientStatus) => void;
} {
  let last: TransferProgress = { done: 0, total: undefined, resumedFrom: 0 };
  let start: number | undefined;
  return {
    onProgress: (progress) => {
      last = progress;
      start ??= progress.resumedFrom;
      bar.startAt(start);
      bar.update(progress.done, progress.total);
    },
    onStatus: ({ type }) => {
      if (type === 'disconnected') bar.update(last.done, last.total, 'connection lost, trying again');
    },
  };
}

async function tell(
  { path: place, size, sha256, resumedFrom }: TransferredFile,
  seconds: number,
  { label, isJson }: FileTransfer,
  { output }: Cli,
): Promise<void> {
  if (isJson) {
    await output.json({ path: place, size, sha256, resumed_from: resumedFrom, seconds: Number(seconds.toFixed(3)) });
  } else if (output.stderr.isTerminal) {
    const rest = resumedFrom === 0 ? '' : `, ${formatBytes(resumedFrom)} of them earlier`;
    await output.note(`${label}: ${formatBytes(size)} in ${seconds.toFixed(1)} s${rest}`);
  }
}

/** A path on the agent's machine: relative ones are the caller's, where that is the same machine. Ending with a slash, it is a directory for a file of this name. */
export function remotePath(
  text: string,
  name: string,
  agent: Pick<FoundAgent, 'isLocal'>,
  cli: Pick<Cli, 'directory'>,
): string {
  if (!path.isAbsolute(text) && !agent.isLocal) {
    throw new UsageError(`Cannot use "${text}": a path on another machine must be absolute, such as "/srv/${name}"`);
  }
  const file = text.endsWith('/') ? `${text}${name}` : text;
  return path.isAbsolute(file) ? file : path.resolve(cli.directory, file);
}
