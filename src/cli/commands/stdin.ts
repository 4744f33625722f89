import type { Client } from '../../client/client.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { defineCommand } from '../cli-command.ts';
import type { Cli } from '../cli-context.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

interface Wishes {
  readonly line: boolean;
  readonly eof: boolean;
}

export const stdin = defineCommand({
  usage: ['stdin [options] ID [TEXT]'],
  details: [
    'Sends TEXT, or else standard input to its end, and exits when the job has taken all of it. A job that reads slowly is waited for, with 1 MiB at most on the way; so is one that does not run yet.',
    'The job has to be one that takes input: corex run -i, corex exec -i or -t, or open_stdin in its command. What several callers send comes in pieces of up to 64 KiB, one after the other.',
    'The job’s input stays open until --eof, or until the run ends.',
  ],
  options: {
    line: { type: 'flag', short: 'l', summary: 'send a line end after TEXT' },
    eof: { type: 'flag', summary: 'end the job’s input after that; on a terminal and without TEXT, at once' },
    ...AGENT_OPTIONS,
  },
  words: { min: 1, max: 2 },
  examples: [
    { line: 'corex stdin -l console "save-all"', does: 'Type a line.' },
    { line: 'cat rows.csv | corex stdin --eof import', does: 'Send a file, and its end.' },
    { line: 'corex stdin --eof import', does: 'End its input.' },
  ],
  run: async ({ options, words: [id = '', text], cli }) => {
    const work = async (client: Client): Promise<void> => {
      const bytes = await send(client.job(id), text, options, cli);
      if (options.json) await cli.output.json({ id, bytes, ended: options.eof });
    };
    await withAgent(options, cli, work);
    return EXIT_OK;
  },
});

/** Resolves to the number of bytes the job has taken. */
async function send(job: JobHandle, text: string | undefined, { line, eof }: Wishes, cli: Cli): Promise<number> {
  let count = 0;
  const write = async (bytes: Uint8Array): Promise<void> => {
    await job.write(bytes);
    count += bytes.length;
  };
  if (text !== undefined) await write(Buffer.from(line ? `${text}\n` : text));
  else if (!eof || cli.terminal.keyboard === undefined) {
    for await (const chunk of cli.stdin() as AsyncIterable<Uint8Array>) await write(chunk);
  }
  await job.inputTaken();
  if (eof) await job.end();
  return count;
}
