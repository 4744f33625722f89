import { stat } from 'node:fs/promises';
import path from 'node:path';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { copyIn, copyOut, type InnerFile } from '../containers/copy-file.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

export const cp = defineCommand({
  usage: ['cp FILE CONTAINER:/PATH [options]', 'cp CONTAINER:/PATH FILE [options]'],
  details: [
    'Copies one file of this machine into a container, or out of one that runs. Into a container that does not run it goes when that is started next. A path that ends with "/" is a directory, and so is "." here: the file keeps its name, and always its mode.',
    'Paths in the container begin at its root. A file of this machine with a colon in its name is written ./a:b. A directory goes through tar, where the container has it: “corex help exec” shows how.',
  ],
  options: AGENT_OPTIONS,
  words: { min: 2, max: 2 },
  examples: [
    { line: 'corex cp nginx.conf web:/etc/nginx/', does: 'Into a container.' },
    { line: 'corex cp web:/var/log/access.log .', does: 'Out of one.' },
  ],
  run: async ({ options, words: [from = '', to = ''], cli }) => {
    const [source, target] = [readPlace(from), readPlace(to)];
    if ((source === undefined) === (target === undefined)) {
      throw new UsageError(
        `Cannot copy ${source === undefined ? 'from here to here' : 'from container to container'}: one of both must be a file of a container, as in web:/etc/hosts`,
      );
    }
    if (source?.path.endsWith('/') === true) {
      throw new UsageError(`Cannot copy "${from}": that is a directory, and one file at a time is copied`);
    }
    const local = (file: string): string => path.resolve(cli.directory, file);
    const bytes = await withAgent(options, cli, async (client) => {
      if (target !== undefined) return await copyIn(client, local(from), target);
      const place = source ?? { container: '', path: '/' };
      return await copyOut(client, place, await localTarget(local(to), to, place.path));
    });
    if (options.json) await cli.output.json({ from, to, bytes });
    return EXIT_OK;
  },
});

/** Undefined for a file of this machine: ./a:b is one, too. */
function readPlace(text: string): InnerFile | undefined {
  const [, container, inner] = /^([A-Za-z0-9][A-Za-z0-9_.-]*):(.*)$/s.exec(text) ?? [];
  if (container === undefined || inner === undefined) return undefined;
  // As the root sees it, whatever stands before it.
  const plain = path.posix.resolve('/', inner);
  const isDirectory = /(^|\/)\.{0,2}$/.test(inner) && plain !== '/';
  return { container, path: isDirectory ? `${plain}/` : plain };
}

async function localTarget(file: string, written: string, inner: string): Promise<string> {
  const isDirectory = written.endsWith('/') || (await stat(file).catch(() => undefined))?.isDirectory() === true;
  return isDirectory ? path.join(file, path.posix.basename(inner)) : file;
}
