import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import type { ContainerFilePart } from '../../engine/container-access.ts';
import { fileType } from '../../files/file-type.ts';
import { readFully } from '../../files/file-bytes.ts';
import type { Inside } from '../../oci/images/copy/inside.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { explained } from '../../protocol/file-error.ts';

const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = constants;

/** A part of a file of a container. Errors: AgentError `no-such-file`, `bad-path` for anything but a file, and those of files. */
export async function readPart(
  tree: Inside,
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<ContainerFilePart> {
  return await explained(`read "${path}" in the container`, async () => {
    await using found = await tree.find(path);
    const { node } = found;
    if (node === undefined) {
      throw new AgentError('no-such-file', `Cannot read "${path}" in the container: there is no such file`);
    }
    const stats = await node.stat();
    const type = fileType(stats);
    if (type !== 'file') throw new AgentError('bad-path', `Cannot read "${path}" in the container: it is a ${type}`);
    const file = await tree.disk.do(() => open(node.path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
    try {
      const data = await tree.disk.do(() => readFully(file, length, offset));
      return { size: Number(stats.size), mode: Number(stats.mode) & 0o7777, data };
    } finally {
      await file.close();
    }
  });
}
