import { readdirSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod';
import { defineBuiltin } from 'corex/builtin';
import { readSmall } from './proc-fields.ts';
import { parseInternet, parseUnix, type OpenSocket } from './sockets.ts';

const NETWORKS = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
const DEFAULT_LIMIT = 1000;
/** Links that are read before others have their turn: about 5 ms. */
const LINKS_AT_ONCE = 1000;

const Arguments = z.strictObject({
  networks: z
    .array(z.enum([...NETWORKS, 'unix']))
    .min(1)
    .max(5)
    .nullish()
    .describe('Only of these. Default: all.'),
  port: z.int().min(1).max(65_535).nullish().describe('Only this port.'),
  limit: z.int().min(1).max(10_000).nullish().describe('At most this many. Default 1000.'),
});

export const infoPort = defineBuiltin({
  name: 'info.port',
  summary:
    'Ports and unix sockets that listen in the agent’s network, with the process that has each open as far as the agent may see it.',
  arguments: Arguments,
  errors: ['not-able'],
  example: {
    arguments: { networks: ['tcp', 'unix'] },
    data: [
      { network: 'tcp', ip: '127.0.0.1', port: 7411, pid: 4242 },
      { network: 'unix', unix: '/run/corex/agent.sock', pid: 4242 },
    ],
  },
  run: async ({ networks, port, limit }, { signal }) => {
    const wanted = networks ?? [...NETWORKS, 'unix'];
    if (process.platform !== 'linux') {
      const ports = await (await import('./elsewhere.ts')).readPorts();
      return ports
        .filter((row) => wanted.includes(row.network) && (port ?? row.port) === row.port)
        .slice(0, limit ?? DEFAULT_LIMIT);
    }
    const sockets = (await Promise.all(wanted.map(readSockets)))
      .flat()
      .filter((socket) => (port ?? socket.port) === socket.port)
      .slice(0, limit ?? DEFAULT_LIMIT);
    const owners = await findOwners(new Set(sockets.map(({ inode }) => inode)), signal);
    return sockets.map(({ inode, ...socket }) => ({ ...socket, pid: owners.get(inode) }));
  },
});

async function readSockets(network: OpenSocket['network']): Promise<OpenSocket[]> {
  const text = (await readSmall(`/proc/net/${network}`)) ?? '';
  return network === 'unix' ? parseUnix(text) : parseInternet(network, text);
}

/** The first process that has each socket open. */
async function findOwners(inodes: ReadonlySet<string>, signal: AbortSignal): Promise<Map<string, number>> {
  const owners = new Map<string, number>();
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter((pid) => pid > 0);
  let links = 0;
  for (const pid of pids.toSorted((a, b) => a - b)) {
    if (owners.size === inodes.size) break;
    for (const inode of readSocketsOf(pid)) {
      links += 1;
      if (inodes.has(inode) && !owners.has(inode)) owners.set(inode, pid);
    }
    if (links < LINKS_AT_ONCE) continue;
    links = 0;
    await nextTurn();
    signal.throwIfAborted();
  }
  return owners;
}

/** What each open file of a process leads to, where that is a socket; nothing for those of others. */
function readSocketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).map((fd) => /^socket:\[(\d+)\]$/.exec(readLink(`${folder}/${fd}`))?.[1] ?? '');
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
