import { readFile } from 'node:fs/promises';

import type { SpawnFailure } from '../launcher.ts';

/** A user as a command names one: each a name or a number. */
export interface UserRequest {
  /** `name`, `uid`, `name:group` or `uid:gid`. */
  readonly user: string;
  /** Supplementary groups in place of those the user is in. */
  readonly groups?: readonly string[] | undefined;
}

export interface FoundUser {
  readonly type: 'user';
  readonly uid: number;
  readonly gid: number;
  /** Supplementary. */
  readonly groups: readonly number[];
  /** Undefined for a number that has no name. */
  readonly name: string | undefined;
  readonly home: string;
  readonly shell: string | undefined;
}

export interface UserFiles {
  /** @default '/etc/passwd' */
  readonly passwd?: string;
  /** @default '/etc/group' */
  readonly group?: string;
}

/** The last number means "none" to the kernel. */
const LARGEST_ID = 2 ** 32 - 2;

/**
 * Looks a user and groups up in the system's own files, without blocking. Users of a directory service
 * are not there; those are to be given as `uid:gid`. Fails with `bad-arguments`, naming what is unknown.
 */
export async function findUser(request: UserRequest, files: UserFiles = {}): Promise<FoundUser | SpawnFailure> {
  const [userText = '', groupText] = request.user.split(/:(.*)/s);
  const [users, groups] = await Promise.all([
    readAccounts(files.passwd ?? '/etc/passwd'),
    readAccounts(files.group ?? '/etc/group'),
  ]);
  const entry = users.find(([name]) => name === userText) ?? users.find(([, , uid]) => uid === userText);
  const uid = entry === undefined ? readId(userText) : readId(entry[2]);
  if (uid === undefined) return unknown(`user "${userText}"`, 'is not in /etc/passwd');
  const gid = groupText === undefined ? readId(entry?.[3]) : findGroup(groups, groupText);
  if (gid === undefined) {
    return groupText === undefined
      ? unknown(`user ${userText} without a group`, `has no entry in /etc/passwd: say "${userText}:GROUP"`)
      : unknown(`group "${groupText}"`, 'is not in /etc/group');
  }
  const named = (request.groups ?? []).map((group) => [group, findGroup(groups, group)] as const);
  const [missing] = named.find(([, id]) => id === undefined) ?? [];
  if (missing !== undefined) return unknown(`group "${missing}"`, 'is not in /etc/group');
  const [name, , , , , home = '', shell = ''] = entry ?? [];
  return {
    type: 'user',
    uid,
    gid,
    groups: request.groups === undefined ? groupsOf(groups, name) : named.flatMap(([, id]) => id ?? []),
    name,
    home: home === '' ? '/' : home,
    shell: shell === '' ? undefined : shell,
  };
}

/** A line of an account file: name, password, number and more. */
export type AccountEntry = readonly string[];

/** The entries of a file such as /etc/passwd that have a name and a number; none when it can't be read. */
export async function readAccounts(file: string): Promise<AccountEntry[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter(([name = '', , id]) => name !== '' && !name.startsWith('#') && readId(id) !== undefined);
}

function findGroup(groups: readonly AccountEntry[], text: string): number | undefined {
  return readId(groups.find(([name]) => name === text)?.[2] ?? text);
}

/** The groups that name a user as their member. */
function groupsOf(groups: readonly AccountEntry[], user: string | undefined): number[] {
  if (user === undefined) return [];
  return groups.filter(([, , , members = '']) => members.split(',').includes(user)).map(([, , id]) => Number(id));
}

/** The number of a user or group, if it is one. */
export function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= LARGEST_ID ? Number(text) : undefined;
}

function unknown(what: string, why: string): SpawnFailure {
  return { type: 'failed', failure: 'bad-arguments', message: `Cannot run a program as ${what}: it ${why}` };
}
