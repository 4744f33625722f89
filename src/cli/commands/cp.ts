import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '../../client/client.ts';
import { defineCommand } from '../cli-command.ts';
import { UsageError } from '../cli-error.ts';
import { AGENT_OPTIONS } from '../common-options.ts';
import { EXIT_OK } from '../exit-codes.ts';
import { withAgent } from '../with-agent.ts';

/** Bytes that fit into one frame as base64. */
const PART_BYTES = 512 * 1024;

export const cp = defineCommand({
  usage: ['cp FILE CONTAINER:/PATH [options]', 'cp CONTAINER:/PATH FILE [options]'],
  details: [
    'Copies one file of this machine into a container, or out of one that runs. Into a container that does not run it goes when that is started next. A path that ends with "/" is a directory, and so is "." here: the file keeps its name.',
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
      throw new UsageError('Cannot copy: one of both must be a file of a container, as in web:/etc/hosts');
    }
    const local = (file: string): string => path.resolve(cli.directory, file);
    const bytes = await withAgent(options, cli, async (client) => {
      if (target !== undefined) return await copyIn(client, local(from), target);
      const place = source ?? { container: '', path: '' };
      return await copyOut(client, place, await localTarget(local(to), to, place.path));
    });
    if (options.json) await cli.output.json({ from, to, bytes });
    return EXIT_OK;
  },
});

interface Place {
  readonly container: string;
  readonly path: string;
}

/** Undefined for a file of this machine. */
function readPlace(text: string): Place | undefined {
  const [, container, inner] = /^([A-Za-z0-9][A-Za-z0-9_.-]*):(\/.*)$/s.exec(text) ?? [];
  return container === undefined || inner === undefined ? undefined : { container, path: inner };
}

async function localTarget(file: string, written: string, inner: string): Promise<string> {
  const isDirectory = written.endsWith('/') || (await stat(file).catch(() => undefined))?.isDirectory() === true;
  return isDirectory ? path.join(file, path.posix.basename(inner)) : file;
}

async function copyIn(client: Client, file: string, { container, path: inner }: Place): Promise<number> {
  const [data, { mode }] = await Promise.all([readFile(file), stat(file)]);
  const target = inner.endsWith('/') ? `${inner}${path.basename(file)}` : inner;
  let { handle } = (await client.call('container.get_handle', { container })) as { handle: string };
  for (let at = 0; at === 0 || at < data.length; at += PART_BYTES) {
    const part = data.subarray(at, at + PART_BYTES).toString('base64');
    const more = at === 0 ? { mode: mode & 0o777 } : { append: true };
    ({ handle } = (await client.call('container.copy_to', { handle, path: target, data: part, ...more })) as {
      handle: string;
    });
  }
  await client.call('container.commit', { handle });
  return data.length;
}

/** It appears as a whole or not at all. */
async function copyOut(client: Client, { container, path: inner }: Place, file: string): Promise<number> {
  const temporary = `${file}.corex-${String(process.pid)}`;
  const target = await open(temporary, 'wx');
  let offset = 0;
  try {
    try {
      for (;;) {
        const args = { container, path: inner, offset, length: PART_BYTES };
        const part = (await client.call('container.copy_from', args)) as { data: string };
        const bytes = Buffer.from(part.data, 'base64');
        if (bytes.length === 0) break;
        await target.writeFile(bytes);
        offset += bytes.length;
      }
    } finally {
      await target.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return offset;
}
