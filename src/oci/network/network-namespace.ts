/** Namespaces that outlive every process in them: a file each, which holds one by a mount. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { inOwnNamespaces } from '../../host/own-namespaces.ts';
import { resolveProgram } from '../../host/resolve-program.ts';
import { runShortProgram } from '../../host/short-program.ts';
import { AgentError, errorMessage } from '../../protocol/agent-error.ts';
import { errnoOf } from '../../protocol/file-error.ts';
import type { IdMap } from '../id-map.ts';

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 64 * 1024;
const SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Nobody else is in the network, so that everybody in it may serve every port, root or not. */
const FREE_PORTS = ['--', 'sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start'];

/** Users that a network belongs to: whoever is root among them has rights over it. */
export interface NetworkUsers {
  readonly idMap: IdMap;
  /** The file that holds their namespace. */
  readonly file: string;
}

type Environment = Readonly<Record<string, string>>;

/** Makes a new network that only has itself, with users of its own if asked. `env`: for the programs that do so. Errors: AgentError `file-exists`, `not-able`, `forbidden`. */
export async function makeNetworkNamespace(file: string, users?: NetworkUsers, env: Environment = {}): Promise<void> {
  await makePlace(file);
  if (users !== undefined) await makePlace(users.file);
  const why = await (users === undefined
    ? run('unshare', [`--net=${file}`, ...FREE_PORTS], env)
    : makeBoth(file, users, env));
  if (why === undefined) return;
  for (const each of [file, users?.file]) if (each !== undefined) await removeNamespace(each);
  throw new AgentError('not-able', `Cannot make a network for a container: ${why}`);
}

async function makePlace(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, '', { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw new AgentError('file-exists', `Cannot make the network "${file}": something is there already`, { cause });
  }
}

/** Undefined when both are held by their files, else why not. */
async function makeBoth(
  file: string,
  { idMap: { uid, gid, size }, file: usersFile }: NetworkUsers,
  env: Environment,
): Promise<string | undefined> {
  const request = { namespaces: ['--user', '--net'], env, action: 'make namespaces' };
  return await inOwnNamespaces(request, async (pid) => {
    const process = `/proc/${String(pid)}`;
    await writeFile(`${process}/uid_map`, `0 ${uid} ${size}\n`);
    await writeFile(`${process}/gid_map`, `0 ${gid} ${size}\n`);
    return (
      (await run('mount', ['--bind', '--', `${process}/ns/user`, usersFile], env)) ??
      (await run('mount', ['--bind', '--', `${process}/ns/net`, file], env)) ??
      (await run('nsenter', [`--net=${file}`, ...FREE_PORTS], env))
    );
  }).catch(errorMessage);
}

/** Lets a namespace go; interfaces go with theirs once nobody is in it. What is not there is gone already. */
export async function removeNamespace(file: string): Promise<void> {
  if (await isMounted(file)) {
    const why = await run('umount', ['--', file]);
    if (why !== undefined && (await isMounted(file))) {
      throw new AgentError('failed', `Cannot remove the namespace "${file}": ${why}`);
    }
  }
  await rm(file, { force: true });
}

/** Whether the file holds a namespace now: after a restart of the machine it is there, and holds nothing. */
async function isMounted(file: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return mounts.split('\n').some((line) => line.split(' ')[4] === file.replaceAll(' ', String.raw`\040`));
}

async function run(name: string, args: readonly string[], more: Environment = {}): Promise<string | undefined> {
  const env = { ...more, PATH: SEARCH_PATH };
  const found = await resolveProgram({ name, args, cwd: '/', env });
  if (found.type === 'failed') return found.message;
  const { program } = found;
  const end = await runShortProgram({ program, args, env, cwd: '/', timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES });
  if (end.type === 'failed') return end.why;
  if (end.type === 'exited' && end.code === 0) return undefined;
  return end.stderr.trim() || `${name} failed`;
}

/** Takes a bridge of ours its IPv6 addresses, by which the machine could be reached. Where there is no IPv6 there are none. */
export async function closeToIpv6(bridge: string): Promise<void> {
  await writeFile(`/proc/sys/net/ipv6/conf/${bridge}/disable_ipv6`, '1').catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
  });
}

/** Removes a bridge of ours that nobody is joined to any more. Where the program for it is missing, it stays, and does nothing. */
export async function removeBridge(name: string): Promise<void> {
  await run('ip', ['link', 'delete', 'dev', name, 'type', 'bridge']);
}
