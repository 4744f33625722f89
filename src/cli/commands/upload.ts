import path from 'node:path';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { remotePath, transferFile } from '../transfer-file.ts';

export const upload = defineCommand({
  usage: ['upload [options] FILE REMOTE'],
  details: [
    'Sends FILE to the path REMOTE on the agent’s machine; with a slash at its end REMOTE is a directory. The file appears there as a whole, once its SHA-256 is right, or not at all. A file that is there is replaced.',
    'A lost connection is tried again for a minute. What is cut off all the same, by Ctrl-C too, is kept for a day: the same command goes on with it.',
  ],
  options: {
    mode: { type: 'text', short: 'm', value: 'MODE', summary: 'mode of the file there, such as 0644; default as here' },
    ...AGENT_OPTIONS,
  },
  words: { min: 2, max: 2 },
  examples: [
    { line: 'corex upload app.tar.gz /srv/releases/', does: 'Send a file, with a bar that tells how far it is.' },
    { line: 'corex upload --mode 0600 key.pem /etc/app/key.pem', does: 'For the eyes of its owner.' },
  ],
  run: async ({ options, words: [file = '', remote = ''], cli }) => {
    const local = path.resolve(cli.directory, file);
    const name = path.basename(local);
    const mode = readMode(options.mode);
    await transferFile(options, cli, {
      label: name,
      isJson: options.json,
      work: async (client, agent, transfer) => {
        const target = remotePath(remote, name, agent, cli);
        const settings = { ...transfer, ...(mode === undefined ? {} : { mode }) };
        return { ...(await client.upload(local, target, settings)), path: target };
      },
    });
    return EXIT_OK;
  },
});

function readMode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^0?[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new UsageError(`Cannot read --mode "${text}": octal digits are wanted, such as 0644`);
}
