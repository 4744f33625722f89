import path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import {
  copyIn,
  copyOut,
  type CopyPlace,
  type CopyWatch,
  type InnerPlace,
  readCopyPlace,
} from '../containers/copy-tree.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { ENDING_SIGNALS, Interrupted, onInterrupt } from '../interrupts.ts';
import { formatBytes } from '../sizes.ts';
import { ProgressBar } from '../terminal/progress-bar.ts';
import { withAgent } from '../with-agent.ts';

export const cp = defineCommand({
  usage: ['cp PATH CONTAINER:/PATH [options]', 'cp CONTAINER:/PATH PATH [options]'],
  details: [
    'Copies a file, or a directory with all in it, from this machine into a container, or out of one that runs. Into a container that does not run it goes when that is started next.',
    'What is copied goes into the destination if that is a directory, and gets its name if it is not there; so does a file where a file is. A directory goes into one of its own name; “DIR/.” means what is in it. Directories that are there are kept, with what else they hold, and files in them replaced.',
    'Modes and times go along, set-user-id and set-group-id do not. Links are copied as links, files of several names as several files; anything else (devices, sockets, pipes) is refused. In the container all is root’s, here it is yours.',
    'Paths in the container begin at its root; directories that are missing on the way are made there. A path of this machine with a colon in its name is written ./a:b.',
  ],
  options: AGENT_OPTIONS,
  words: { min: 2, max: 2 },
  examples: [
    { line: 'corex cp nginx.conf web:/etc/nginx/', does: 'A file into a container.' },
    { line: 'corex cp site/. web:/srv', does: 'What is in a directory.' },
    { line: 'corex cp web:/var/log .', does: 'A directory out of one.' },
  ],
  run: async ({ options, words: [from = '', to = ''], cli }) => {
    const [inFrom, inTo] = [readInnerPlace(from), readInnerPlace(to)];
    if ((inFrom === undefined) === (inTo === undefined)) {
      throw new UsageError(
        `Cannot copy ${inFrom === undefined ? 'from here to here' : 'from container to container'}: one of both must be a path of a container, as in web:/etc/hosts`,
      );
    }
    const local = (text: string): CopyPlace => readCopyPlace(text, (each) => path.resolve(cli.directory, each));
    const began = systemClock.monotonic();
    const done = await watched(from, cli, (watch) =>
      withAgent(options, cli, async (client) => {
        if (inTo !== undefined) return await copyIn(client, local(from), inTo, watch);
        if (inFrom !== undefined) return await copyOut(client, inFrom, local(to), watch);
        throw new TypeError('One of both is a path of a container');
      }),
    );
    if (done === undefined) return EXIT_OK;
    if (options.json) await cli.output.json({ from, to, ...done });
    else if (cli.output.stderr.isTerminal) {
      const seconds = ((systemClock.monotonic() - began) / 1000).toFixed(1);
      const entries = done.entries === 1 ? '' : `${done.entries} entries, `;
      await cli.output.note(`${from}: ${entries}${formatBytes(done.bytes)} in ${seconds} s`);
    }
    return EXIT_OK;
  },
});

/** Undefined for a path of this machine: ./a:b is one, too. */
function readInnerPlace(text: string): InnerPlace | undefined {
  const [, container, inner] = /^([A-Za-z0-9][A-Za-z0-9_.-]*):(.*)$/s.exec(text) ?? [];
  if (container === undefined || inner === undefined) return undefined;
  // As the root sees it, whatever stands before it.
  const place = readCopyPlace(inner, (each) => path.posix.resolve('/', each));
  return { ...place, container, written: text };
}

/** Draws how far it is on a terminal. A signal ends it in order: nothing half written is left, and what is whole stays. */
async function watched<T>(label: string, cli: Cli, work: (watch: CopyWatch) => Promise<T>): Promise<T | undefined> {
  const { output, env } = cli;
  const ending = new AbortController();
  using _interrupts = onInterrupt(cli, ENDING_SIGNALS, (signal) => {
    ending.abort(new Interrupted(signal));
  });
  await using bar = new ProgressBar({ output, env, clock: systemClock, label, unit: 'bytes' });
  try {
    return await work({ signal: ending.signal, onProgress: (bytes) => bar.update(bytes) });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await bar.end();
    cli.endBySignal(error.signal);
    return undefined;
  }
}
