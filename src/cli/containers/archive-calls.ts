/** Archives on their way into containers and out of them, in parts that fit into frames. */
import type { Client } from '../../client/client.ts';
import { FILE_BLOCK_BYTES } from '../../protocol/files.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { gather } from '../../files/gather.ts';

/** What of a container is read. */
export interface WantedTree {
  readonly container: string;
  readonly path: string;
  /** What is in the directory, without itself. */
  readonly contents: boolean;
}

/** Where an archive goes. See `container.write_archive`. */
export interface ArchiveGoal {
  readonly container: string;
  readonly path: string;
  readonly name?: string;
}

interface Part {
  readonly stream: string;
  readonly offset: number;
  readonly data: string;
  readonly end: boolean;
}

/** Each part is asked for while the one before is taken. Errors: AgentError. */
export async function* fetchArchive(client: Client, wanted: WantedTree): AsyncGenerator<Buffer, void, undefined> {
  const ask = async (more: object): Promise<Part> =>
    // A part may be asked for again, over another connection, too.
    (await client.call('container.read_archive', { ...wanted, ...more }, { idempotent: true })) as Part;
  let part = await ask({});
  while (!part.end) {
    const { stream, offset, data } = part;
    const bytes = Buffer.from(data, 'base64');
    const next = ask({ stream, offset: offset + bytes.length });
    // Whoever takes this one may fail first.
    next.catch(() => undefined);
    yield bytes;
    part = await next;
  }
}

/** Resolves when the container has all of it, or will have at its next start. Failed, it has nothing. Errors: AgentError; those of `chunks`. */
export async function sendArchive(
  client: Client,
  chunks: AsyncIterable<Buffer>,
  { container, path, name }: ArchiveGoal,
  onSent: (bytes: number) => void,
): Promise<void> {
  const step = async (command: string, args: object): Promise<string> =>
    ((await client.call(command, args)) as { readonly handle: string }).handle;
  let handle = await step('container.get_handle', { container });
  let sent = 0;
  try {
    for await (const part of gather(chunks, FILE_BLOCK_BYTES)) {
      const first = { ...(name !== undefined && { name }) };
      const more = sent === 0 ? first : { append: true };
      handle = await step('container.write_archive', { handle, path, data: part.toString('base64'), ...more });
      sent += part.length;
      onSent(sent);
    }
  } catch (error) {
    // Else it waits on the agent's disk until the handle is too old.
    if (sent > 0) await client.call('container.write_archive', { handle, path, cancel: true }).catch(() => undefined);
    if (!(error instanceof AgentError)) throw error;
    throw new AgentError(error.code, `${error.message}; nothing was copied`, { cause: error });
  }
  await client.call('container.commit', { handle });
}
