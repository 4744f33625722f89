import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { ClientOptions } from 'ws';
import { decodeBinaryFrame, encodeBinaryFrame } from '../../src/channel/binary-frame.ts';
import type { BinaryFrame } from '../../src/channel/binary-frame.ts';
import { until } from '../harness/until.ts';
import { within } from '../harness/within.ts';

export type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A plain WebSocket client that keeps every frame it gets. */
export class WireClient implements AsyncDisposable {
  readonly ws: WebSocket;
  readonly frames: Frame[] = [];
  readonly binary: BinaryFrame[] = [];
  readonly closed: Promise<Closed>;

  constructor(url: string, options: ClientOptions & { readonly protocols?: string[] } = {}) {
    const { protocols = [], ...rest } = options;
    this.ws = new WebSocket(address(url), protocols, rest);
    this.ws.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.ws.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.binary.push(decodeBinaryFrame(data)!);
      else this.frames.push(JSON.parse(data.toString()) as Frame);
    });
  }

  /** Connects, and waits for `hello`. */
  static async open(url: string, options: ClientOptions & { readonly protocols?: string[] } = {}): Promise<WireClient> {
    const client = new WireClient(url, options);
    await client.next((frame) => frame.type === 'hello');
    return client;
  }

  send(frame: object): void {
    this.ws.send(JSON.stringify(frame));
  }

  sendInput(handle: number, position: number, payload: string | Buffer): void {
    this.ws.send(encodeBinaryFrame({ kind: 0, handle, position, payload: Buffer.from(payload) }));
  }

  /** The first frame, past or to come, that fits. */
  async next(fits: (frame: Frame) => boolean, withinMs = 5000): Promise<Frame> {
    return await until('a frame came', () => this.frames.find(fits), { withinMs, everyMs: 2 });
  }

  /** The result that answers a ref. */
  async result(ref: string | number): Promise<Frame> {
    return await this.next((frame) => frame.type === 'result' && frame['ref'] === ref);
  }

  /** Sends a command and waits for its result. */
  async call(command: string, args?: object, more: object = {}): Promise<Frame> {
    const ref = `ref-${String(this.#refs++)}`;
    this.send({ command, ref, ...(args === undefined ? {} : { arguments: args }), ...more });
    return await this.result(ref);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ws.terminate();
    await within(20_000, 'the connection to close', this.closed);
  }

  #refs = 0;
}

/** How an upgrade that should be refused was answered. */
export async function refusedUpgrade(
  url: string,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<{ status: number; body: string; headers: Record<string, string | string[] | undefined> }> {
  const { protocols = [], ...rest } = options;
  const ws = new WebSocket(address(url), protocols, rest);
  ws.on('error', () => undefined);
  const answer = (await within(20_000, 'a refusal', once(ws, 'unexpected-response'))) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number; headers: Record<string, string> },
  ];
  const response = answer[1];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  ws.terminate();
  return { status: response.statusCode, body: Buffer.concat(parts).toString(), headers: response.headers };
}

/** An endpoint as the `ws` library wants it: with the path, unix sockets in its own spelling. */
function address(endpoint: string): string {
  if (endpoint.startsWith('unix:')) return `ws+unix:${endpoint.slice('unix:'.length)}:/v1`;
  return /:\d+$/.test(endpoint) ? `${endpoint}/v1` : endpoint;
}
