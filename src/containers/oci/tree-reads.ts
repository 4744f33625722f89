import path from 'node:path';

import { gather } from '../../files/gather.ts';
import { packTree } from '../../files/pack-tree.ts';
import type { Inside } from '../../oci/images/copy/inside.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { explained } from '../../protocol/file-error.ts';
import { FILE_BLOCK_BYTES } from '../../protocol/files.ts';
import type { TreeRead, TreeToRead } from '../container-maker.ts';

/** What is read of trees of containers. They are held while that lasts, so they are let go when their container ends. */
export class TreeReads {
  readonly #open = new Map<string, Set<Reading>>();

  /** Nothing is opened before the first part is asked for. Errors then: AgentError `no-such-file`, `bad-path`, and those of files. */
  begin(id: string, open: () => Promise<Inside>, wanted: TreeToRead): TreeRead {
    const ending = new AbortController();
    const parts = gather(partsOf(open, wanted, ending.signal), FILE_BLOCK_BYTES);
    const reading: Reading = {
      next: async () => {
        const { done, value } = await parts.next();
        // One that was closed between two parts just ends.
        ending.signal.throwIfAborted();
        return done === true ? undefined : value;
      },
      end: async (why) => {
        if (why !== undefined) ending.abort(why);
        await parts.return();
      },
      [Symbol.asyncDispose]: async () => {
        this.#open.get(id)?.delete(reading);
        await reading.end();
      },
    };
    const all = this.#open.get(id) ?? new Set();
    this.#open.set(id, all.add(reading));
    return reading;
  }

  /** All readings of a container end with an error: it has ended. */
  async end(id: string): Promise<void> {
    const all = [...(this.#open.get(id) ?? [])];
    this.#open.delete(id);
    const why = new AgentError('not-running', 'Cannot read on: the container has ended');
    await Promise.all(all.map((reading) => reading.end(why)));
  }
}

interface Reading extends TreeRead {
  end(why?: AgentError): Promise<void>;
}

async function* partsOf(
  open: () => Promise<Inside>,
  { path: wanted, contents }: TreeToRead,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  await using tree = await open();
  const shown = `"${wanted}" in the container`;
  await using found = await explained(`read ${shown}`, () => tree.find(wanted));
  const { node } = found;
  if (node === undefined)
    throw new AgentError('no-such-file', `Cannot read ${shown}: there is no such file or directory`);
  const isDirectory = (await node.stat()).isDirectory();
  if (contents && !isDirectory) throw new AgentError('bad-path', `Cannot read what is in ${shown}: it is no directory`);
  const name = contents || wanted === '/' ? undefined : path.posix.basename(wanted);
  yield* packTree(node, { turns: tree.disk, shown: wanted, name, signal });
}
