import { AgentError } from '../../protocol/agent-error.ts';
import { readAccounts, readId } from '../confine/users.ts';
import type { Disk } from './disk.ts';

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM_FILES: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/** The number for chown(2) that leaves an owner as it is. */
const UNCHANGED = -1;

/** Names of a user and a group; undefined for a number that has none. */
export async function ownerNames(
  disk: Disk,
  { uid, gid }: { readonly uid: number; readonly gid: number },
  files: AccountFiles = SYSTEM_FILES,
): Promise<{ user: string | undefined; group: string | undefined }> {
  const nameIn = async (file: string, id: number): Promise<string | undefined> => {
    const entries = await disk.do(() => readAccounts(file));
    return entries.find(([, , number]) => readId(number) === id)?.[0];
  };
  return { user: await nameIn(files.passwd, uid), group: await nameIn(files.group, gid) };
}

/**
 * The numbers of a user and a group that are given by name or number; -1 for what is not given. Users of a directory
 * service are not looked up: they are to be given by number. Errors: `bad-arguments`.
 */
export async function ownerNumbers(
  disk: Disk,
  { user, group }: { readonly user?: string; readonly group?: string },
  files: AccountFiles = SYSTEM_FILES,
): Promise<{ uid: number; gid: number }> {
  const numberIn = async (file: string, what: string, text: string | undefined): Promise<number> => {
    if (text === undefined) return UNCHANGED;
    const entries = await disk.do(() => readAccounts(file));
    const id = readId(entries.find(([name]) => name === text)?.[2] ?? text);
    if (id !== undefined) return id;
    throw new AgentError('bad-arguments', `Cannot find ${what} "${text}": it is not in ${file}`);
  };
  return { uid: await numberIn(files.passwd, 'user', user), gid: await numberIn(files.group, 'group', group) };
}
