/** What is copied into a container: a file, or a tree that comes as an archive. */
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

import { fault } from '../../base/fault.ts';
import { type UnpackTarget, unpackTree } from '../../files/unpack-tree.ts';
import type { Owner } from '../../oci/id-map.ts';
import { copyIn } from '../../oci/images/copy/copy-file.ts';
import type { Found, Inside } from '../../oci/images/copy/inside.ts';
import { explained } from '../../protocol/file-error.ts';
import type { StagedFile } from '../container-maker.ts';
import { placeNote } from '../staged-files.ts';

/** What directories get that are missing on the way. */
const PARENT_MODE = 0o755;
const CHUNK_BYTES = 256 * 1024;

/** Done again after it was interrupted it comes to the same. Errors: AgentError `bad-path`, `file-exists`, and those of files. */
export async function putStaged(tree: Inside, file: StagedFile, owner: Owner): Promise<void> {
  const { path: target, mode, source, archive } = file;
  if (archive === undefined) {
    await copyIn(tree, target, await readFile(source), { mode, ...owner });
    return;
  }
  await using found = await explained(`write "${target}" in the container`, () =>
    tree.find(target, { make: { mode: PARENT_MODE, owner } }),
  );
  const place = await placeOf(found, file);
  await unpackTree(createReadStream(source, { highWaterMark: CHUNK_BYTES }), place, {
    turns: tree.disk,
    owner,
    shown: `"${target}" in the container`,
  });
  fault('containers.copy.archive');
}

async function placeOf({ parent, name, node }: Found, { source, archive }: StagedFile): Promise<UnpackTarget> {
  const isDirectory = node !== undefined && (await node.stat()).isDirectory();
  const isInto = parent === undefined || (await asBefore(source, isDirectory));
  if (isInto && node !== undefined && isDirectory) return { type: 'into', directory: node };
  if (parent === undefined) throw new TypeError('A root is a directory');
  return { type: 'as', parent, name, of: isInto ? undefined : archive?.name };
}

/** Whether there was a directory when it was first asked: half of the tree may stand there since. */
async function asBefore(source: string, isDirectory: boolean): Promise<boolean> {
  const note = placeNote(source);
  try {
    await writeFile(note, isDirectory ? 'into' : 'as', { flag: 'wx', mode: 0o600 });
    return isDirectory;
  } catch {
    return (await readFile(note, 'utf8')) === 'into';
  }
}
