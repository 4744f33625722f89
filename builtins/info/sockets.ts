import { endianness } from 'node:os';

/** A socket that waits for whoever comes. */
export interface OpenSocket {
  readonly network: 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'unix';
  readonly ip?: string;
  readonly port?: number;
  /** Path; `@name` for one without a file. */
  readonly unix?: string;
  /** By which the process is found that has it open. */
  readonly inode: string;
}

/** States of `/proc/net`: tcp that listens, udp that is not connected. */
const WAITING = { tcp: '0A', tcp6: '0A', udp: '07', udp6: '07' } as const;
const ACCEPTS = 0x10000;
const DATAGRAM = '0002';
const UNCONNECTED = '01';

/** Of `/proc/net/tcp`, `tcp6`, `udp` or `udp6`. */
export function parseInternet(network: keyof typeof WAITING, text: string): OpenSocket[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === WAITING[network])
    .map((fields) => {
      const [address = '', port = ''] = (fields[1] ?? '').split(':');
      return { network, ip: readAddress(address), port: Number.parseInt(port, 16), inode: fields[9] ?? '' };
    });
}

/** Of `/proc/net/unix`: those with a name that accept connections, or take datagrams from anybody. */
export function parseUnix(text: string): OpenSocket[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\S+ \S+ \S+ (\S+) (\S+) (\S+) +(\d+) (.+)$/.exec(line);
    if (found === null) return [];
    const [, flags = '', type, state, inode = '', unix = ''] = found;
    const isOpen = (Number.parseInt(flags, 16) & ACCEPTS) !== 0 || (type === DATAGRAM && state === UNCONNECTED);
    return isOpen ? [{ network: 'unix' as const, unix, inode }] : [];
  });
}

/** Words of four bytes in the order of the machine. */
function readAddress(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (endianness() === 'LE') bytes.swap32();
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  // A URL spells an address in its shortest form, between brackets.
  return URL.parse(`http://[${groups.join(':')}]`)?.hostname.slice(1, -1) ?? groups.join(':');
}
