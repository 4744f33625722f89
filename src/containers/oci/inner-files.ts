/** Files that tell a container who it is, and whom it asks for the names of others. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { RuntimeMount } from '../../oci/spec/runtime-config.ts';
import type { ContainerConfig } from '../../protocol/container.ts';
import { innerHostname } from './inner-program.ts';

/** Its address in a network of ours; undefined in the machine's own. */
export type InnerAddress = string | undefined;

const OPTIONS = ['bind', 'private', 'ro', 'nosuid', 'nodev', 'noexec'];

/** Where the machine's own resolver says whom it asks itself: see systemd-resolved(8). */
const ASKED_BY_RESOLVED = '/run/systemd/resolve/resolv.conf';

/** A resolver of the machine that only the machine reaches. */
const LOCAL_RESOLVER = /^\s*nameserver\s+(127\.|::1)/;

/** Writes them into the directory, which is made. What is to be mounted over those of the image. */
export async function innerFiles(
  directory: string,
  who: Pick<ContainerConfig, 'name' | 'hostname'>,
  address: InnerAddress,
): Promise<readonly RuntimeMount[]> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = innerHostname(who);
  const [hosts, resolvers] = await Promise.all([
    address === undefined ? read('/etc/hosts') : '127.0.0.1 localhost\n::1 localhost\n',
    address === undefined ? read('/etc/resolv.conf') : reachableResolvers(),
  ]);
  const texts = { 'resolv.conf': resolvers, hosts: `${hosts.trimEnd()}\n${address ?? '127.0.0.1'} ${name}\n` };
  const mounts: RuntimeMount[] = [];
  for (const [file, text] of Object.entries(texts)) {
    const source = path.join(directory, file);
    await writeFile(source, text, { mode: 0o644 });
    mounts.push({ destination: `/etc/${file}`, type: 'bind', source, options: OPTIONS });
  }
  return mounts;
}

async function reachableResolvers(): Promise<string> {
  const known = await read('/etc/resolv.conf');
  const reachable = withoutLocal(known);
  const isLost = LOCAL_RESOLVER.test(firstResolver(known)) && firstResolver(reachable) === '';
  return isLost ? withoutLocal(await read(ASKED_BY_RESOLVED)) || reachable : reachable;
}

function firstResolver(text: string): string {
  return text.split('\n').find((line) => /^\s*nameserver\s/.test(line)) ?? '';
}

function withoutLocal(text: string): string {
  return text
    .split('\n')
    .filter((line) => !LOCAL_RESOLVER.test(line))
    .join('\n');
}

async function read(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}
