import { copyOut } from '../../oci/images/copy/copy-file.ts';
import type { Inside } from '../../oci/images/copy/inside.ts';
import { AgentError, isAgentError } from '../../protocol/agent-error.ts';

/** A user as a container sees it. */
export interface InnerUser {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

/** Files of users and groups are no longer. */
const MOST_BYTES = 1024 * 1024;

const ROOT: InnerUser = { uid: 0, gid: 0, groups: [], home: '/root' };

/** Looks up `user` or `user:group`, names or numbers, in the files of the container. Errors: AgentError `bad-arguments`. */
export async function findInnerUser(tree: Inside | undefined, text: string): Promise<InnerUser> {
  if (text === '' || tree === undefined) return ROOT;
  const [user = '', group] = text.split(':');
  const users = await rows(tree, '/etc/passwd');
  const found = users.find(([name, , uid]) => name === user || uid === user);
  if (found === undefined && !isNumber(user)) throw unknown('user', user);
  const uid = Number(found?.[2] ?? user);
  const home = found?.[5] ?? '/';
  const groups = await rows(tree, '/etc/group');
  if (group !== undefined) {
    const row = groups.find(([name, , gid]) => name === group || gid === group);
    if (row === undefined && !isNumber(group)) throw unknown('group', group);
    return { uid, gid: Number(row?.[2] ?? group), groups: [], home };
  }
  const name = found?.[0];
  const others = groups.filter((row) => name !== undefined && (row[3] ?? '').split(',').includes(name));
  return {
    uid,
    gid: Number(found?.[3] ?? 0),
    groups: others.map((row) => Number(row[2])).filter(Number.isInteger),
    home,
  };
}

function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

async function rows(tree: Inside, path: string): Promise<string[][]> {
  try {
    const text = (await copyOut(tree, path, MOST_BYTES)).toString('utf8');
    return text.split('\n').map((line) => line.split(':'));
  } catch (error) {
    if (isAgentError(error)) return [];
    throw error;
  }
}

function unknown(what: string, name: string): AgentError {
  return new AgentError('bad-arguments', `Cannot run as the ${what} "${name}": the container has none of this name`);
}
