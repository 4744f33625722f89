import { connect } from 'node:net';
import type { NetConnectOpts, Socket } from 'node:net';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

export interface RawFrame {
  readonly isFinal: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

export interface FrameShape {
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** Bytes of the length: 0 is within the second byte. Default: the shortest. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** A length other than the payload’s, to lie about it. */
  readonly claim?: bigint;
}

export const TEXT = 1;
export const BINARY = 2;
export const CONTINUATION = 0;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** One client frame, written by hand. */
export function frame(opcode: number, payload: string | Buffer = '', shape: FrameShape = {}): Buffer {
  const body = Buffer.from(payload);
  const { fin = true, rsv = 0, masked = true, claim = BigInt(body.length) } = shape;
  const lengthBytes = shape.lengthBytes ?? (claim < 126n ? 0 : claim < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (lengthBytes === 0 ? Number(claim) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(claim), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(claim, 2);
  if (!masked) return Buffer.concat([head, body]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, mask, body.map((byte, at) => byte ^ mask[at % 4]!)]);
}

/** A close frame’s payload. */
export function closeBody(code: number, reason: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

/** The request that asks for an upgrade; lines may be replaced (undefined leaves one out). */
export function upgradeRequest(path: string, headers: Readonly<Record<string, string | undefined>> = {}): string {
  const all: Record<string, string | undefined> = {
    host: '127.0.0.1',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]));
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A bare socket to a server: what is written is up to the test, what comes is kept. */
export class RawSocket implements AsyncDisposable {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  #received: Buffer = Buffer.alloc(0);

  constructor(target: NetConnectOpts) {
    this.socket = connect(target);
    this.socket.on('error', () => undefined);
    this.socket.on('data', (data: Buffer) => {
      this.#received = Buffer.concat([this.#received, data]);
    });
    this.closed = new Promise((resolve) => this.socket.once('close', resolve));
  }

  /** Connects to an endpoint and asks for an upgrade, with `rest` glued to the request. */
  static async upgrade(
    url: string,
    headers: Readonly<Record<string, string | undefined>>,
    rest: Buffer = Buffer.alloc(0),
  ): Promise<RawSocket> {
    const raw = new RawSocket(target(url));
    raw.write(Buffer.concat([Buffer.from(upgradeRequest('/v1', headers)), rest]));
    await raw.responded();
    return raw;
  }

  write(data: Buffer | string): void {
    this.socket.write(data);
  }

  /** The status line and headers, as soon as they are complete. */
  async responded(withinMs = 5000): Promise<string> {
    return await until('the server answered', () => this.responseHead, { withinMs, everyMs: 2 });
  }

  get responseHead(): string | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    return end === -1 ? undefined : this.#received.toString('latin1', 0, end);
  }

  /** All that came after the headers of the response. */
  get body(): Buffer {
    const end = this.#received.indexOf('\r\n\r\n');
    return end === -1 ? Buffer.alloc(0) : this.#received.subarray(end + 4);
  }

  /** The frames that came so far. */
  get frames(): RawFrame[] {
    return readFrames(this.body);
  }

  /** The close frame, once it came: its code and reason. */
  async closeFrame(): Promise<{ code: number; reason: string }> {
    const { payload } = await until('a close frame came', () => this.frames.find(({ opcode }) => opcode === CLOSE), {
      everyMs: 2,
    });
    if (payload.length === 0) return { code: 1005, reason: '' };
    return { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await within(20_000, 'the socket to close', this.closed);
  }
}

/** Where an endpoint’s sockets connect to. */
export function target(url: string): NetConnectOpts {
  if (url.startsWith('unix:')) return { path: url.slice('unix:'.length) };
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** Whole frames of a server, which must not be masked. */
function readFrames(data: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  let at = 0;
  while (data.length - at >= 2) {
    const first = data[at]!;
    const short = data[at + 1]! & 0x7f;
    if ((data[at + 1]! & 0x80) !== 0) throw new Error('The server masked a frame');
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (data.length - at < 2 + lengthBytes) break;
    const length =
      lengthBytes === 2 ? data.readUInt16BE(at + 2) : lengthBytes === 8 ? Number(data.readBigUInt64BE(at + 2)) : short;
    const start = at + 2 + lengthBytes;
    if (data.length < start + length) break;
    frames.push({ isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload: data.subarray(start, start + length) });
    at = start + length;
  }
  return frames;
}
