import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AgentError } from '../../protocol/agent-error.ts';
import { fileType } from '../../files/file-type.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import { locate, named, type Ground, type Spot } from './spot.ts';

const { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
/** A name that others make and remove in turn is looked at so often. */
const TRIES = 16;

/** How a file is opened: `r`, `w`, `a` or `x` as in C, and whether it is both read and written. */
export interface OpenMode {
  readonly letter: 'r' | 'w' | 'a' | 'x';
  readonly isBoth: boolean;
}

/** Reads `r`, `w+` and the like. Errors: AgentError `bad-arguments`. */
export function parseOpenMode(text: string): OpenMode {
  const [, letter, plus] = /^([rwax])(\+?)$/.exec(text) ?? [];
  if (letter === undefined) {
    throw new AgentError(
      'bad-arguments',
      `Cannot open a file with mode "${text}": it must be "r", "w", "a" or "x", and may have a "+" after it`,
    );
  }
  return { letter: letter as OpenMode['letter'], isBoth: plus === '+' };
}

/**
 * Opens a regular file, or makes one. What else a path leads to is only looked at: no device is opened and no fifo waited
 * for. Errors: those of the system; AgentError `no-such-file`, `file-exists`, `bad-path`, `forbidden`.
 */
export async function openRegular(
  ground: Ground,
  path: string,
  mode: OpenMode,
  permissions: number,
): Promise<FileHandle> {
  for (let left = TRIES; left > 0; left -= 1) {
    await using spot = await locate(ground, path, { follow: true });
    const file =
      spot.node === undefined
        ? await create(ground, spot, path, mode, permissions)
        : await reopen(ground, spot, path, mode);
    if (file !== undefined) return file;
  }
  throw new AgentError('failed', `Cannot open "${path}": it is made and removed by others all the time`);
}

/** Opens the very thing that was looked at, by whatever name it goes by now. */
async function reopen(
  { disk }: Ground,
  { node }: Spot,
  path: string,
  { letter, isBoth }: OpenMode,
): Promise<FileHandle | undefined> {
  if (node === undefined) return undefined;
  if (letter === 'x') throw new AgentError('file-exists', `Cannot make "${path}": it exists already`);
  const type = fileType(await node.stat());
  if (type !== 'file')
    throw new AgentError('bad-path', `Cannot open "${path}": it is a ${type}, and only regular files can be opened`);
  const access = isBoth ? O_RDWR : letter === 'r' ? O_RDONLY : O_WRONLY;
  const extra = letter === 'w' ? O_TRUNC : letter === 'a' ? O_APPEND : 0;
  return await disk.do(() => open(node.path, access | extra | O_NONBLOCK | O_NOCTTY));
}

/** Makes it; undefined when somebody else did meanwhile. */
async function create(
  { disk }: Ground,
  spot: Spot,
  path: string,
  { letter, isBoth }: OpenMode,
  permissions: number,
): Promise<FileHandle | undefined> {
  if (letter === 'r') throw new AgentError('no-such-file', `Cannot open "${path}": there is no such file`);
  const { parent, name } = named(spot, `make "${path}"`);
  const flags = (isBoth ? O_RDWR : O_WRONLY) | (letter === 'a' ? O_APPEND : 0) | O_CREAT | O_EXCL | O_NOFOLLOW;
  try {
    return await disk.do(() => open(parent.at(name), flags, permissions));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || letter === 'x') throw error;
    return undefined;
  }
}
