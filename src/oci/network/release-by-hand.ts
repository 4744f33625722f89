/** Undoes what plugins did for a container, where they can't do so themselves. */
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { errorMessage } from '../../protocol/agent-error.ts';
import type { Iptables } from './iptables.ts';

export interface PluginTraces {
  readonly id: string;
  /** What the plugins call its network. */
  readonly network: string;
  /** Where the plugin for addresses notes which are given away: a directory for each network. */
  readonly addresses: string;
  readonly iptables: Iptables;
}

/** Frees its addresses and rules. Resolves to what may be left, a clause each. Interfaces go with the namespace. */
export async function releaseByHand({ id, network, addresses, iptables }: PluginTraces): Promise<string[]> {
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      left.push(`${what}: ${errorMessage(error)}`);
    }
  };
  await attempt(`its address in ${addresses}`, () => freeAddresses(path.join(addresses, network), id));
  await attempt(`rules of the table "nat" whose comment has id: "${id}"`, () => freeRules(iptables, network, id));
  return left;
}

/** A file is named as the address, and begins with who has it. */
async function freeAddresses(directory: string, id: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    if (!/^\d+\.\d+\.\d+\.\d+$/.test(name)) continue;
    const file = path.join(directory, name);
    if ((await readFile(file, 'utf8')).split(/\r?\n/)[0] === id) await rm(file, { force: true });
  }
}

/** The rules that lead to a container's chains have its name as their comment. */
async function freeRules(iptables: Iptables, network: string, id: string): Promise<void> {
  const comment = String.raw`name: \"${network}\" id: \"${id}\"`;
  const isIts = (rule: string): boolean => rule.includes(comment);
  const listed = await iptables.list('nat');
  const chains = listed.filter(isIts).flatMap((rule) => / -j (CNI-\S+)$/.exec(rule)?.[1] ?? []);
  const shared = new Set(listed.flatMap((rule) => (isIts(rule) ? [] : (/ -j (CNI-\S+)$/.exec(rule)?.[1] ?? []))));
  await iptables.remove('nat', isIts, new Set(chains.filter((chain) => !shared.has(chain))));
}
