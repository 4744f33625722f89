import { stat } from 'node:fs/promises';
import path from 'node:path';
import { defineCommand } from '../cli-command.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { remotePath, transferFile } from '../transfer-file.ts';

export const download = defineCommand({
  usage: ['download [options] REMOTE [FILE]'],
  details: [
    'Fetches the file REMOTE of the agent’s machine to FILE, or into the directory FILE; default is its name in the present directory. It appears as a whole, once its SHA-256 is right, or not at all. A file that is there is replaced.',
    'A lost connection is tried again for a minute. What is cut off all the same, by Ctrl-C too, is kept beside FILE: the same command goes on with it, unless REMOTE was changed meanwhile.',
  ],
  options: AGENT_OPTIONS,
  words: { min: 1, max: 2 },
  examples: [
    { line: 'corex download /var/log/app/core.dump', does: 'Fetch a file, with a bar that tells how far it is.' },
    { line: 'corex download --json /srv/report.csv /tmp/', does: 'Into a directory, and tell size and SHA-256.' },
  ],
  run: async ({ options, words: [remote = '', file = '.'], cli }) => {
    const name = path.posix.basename(remote);
    const local = await localPath(path.resolve(cli.directory, file), file, name);
    await transferFile(options, cli, {
      label: name,
      isJson: options.json,
      work: async (client, agent, transfer) => {
        const source = remotePath(remote, name, agent, cli);
        return { ...(await client.download(source, local, transfer)), path: local };
      },
    });
    return EXIT_OK;
  },
});

async function localPath(place: string, written: string, name: string): Promise<string> {
  const isDirectory = written.endsWith('/') || (await stat(place).catch(() => undefined))?.isDirectory() === true;
  return isDirectory ? path.join(place, name) : place;
}
