import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { ErrorFrame, ResultFrame, ServerFrame } from '../../src/protocol/frames.ts';
import { decodeBinaryFrame } from '../../src/channel/binary-frame.ts';
import type { JobResult } from '../../src/protocol/result.ts';
import type { Answer, Caller, JobRequest } from './caller.ts';
import type { LogReader } from './log-reader.ts';

/** A command that has no result yet. */
interface Pending {
  readonly command: object;
  readonly onAccepted: () => void;
  readonly resolve: (result: ResultFrame) => void;
}

/** Begins the refs of subscriptions, which belong to their connection. */
const SUBSCRIPTION = 's';

const RECONNECT_MS = 40;

/** The head of a masked text frame of 1,000 bytes, of which only few follow. */
const HALF_A_FRAME = Buffer.concat([Buffer.from([0x81, 0xfe, 0x03, 0xe8, 1, 2, 3, 4]), Buffer.alloc(20, 0x20)]);

/**
 * A client as small as can be, independent of the one that ships. When its connection goes it makes a new one, sends
 * everything that has no result yet again under the same ids, and lets its readers read on where they were. It watches
 * that no command gets two results.
 */
export class SoakClient implements Caller {
  readonly #socketPath: string;
  readonly #complain: (complaint: string) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #readers = new Map<LogReader, () => void>();
  /** Of the present connection. */
  readonly #answered = new Set<string>();
  readonly #handles = new Map<number, LogReader>();
  #webSocket: WebSocket | undefined;
  #socket: Duplex | undefined;
  #count = 0;
  #isClosed = false;

  constructor(socketPath: string, complain: (complaint: string) => void) {
    this.#socketPath = socketPath;
    this.#complain = complain;
  }

  /** Goes on connecting, whenever there is no connection, until it is closed. */
  open(): void {
    void this.#connect();
  }

  async run(command: JobRequest, onAccepted: () => void = () => {}): Promise<JobResult> {
    let isAccepted = false;
    const note = (): void => {
      isAccepted = true;
      onAccepted();
    };
    for (;;) {
      const { type: _type, ref: _ref, ...result } = await this.#ask(command, note);
      // An agent that ends takes nothing more; the next one is asked. What was accepted is never refused.
      const isForNow = result.refused === true && result.error?.code === 'shutting-down' && !isAccepted;
      if (!isForNow) return result;
      await sleep(RECONNECT_MS);
    }
  }

  call(command: string, args?: object): Promise<Answer> {
    return this.#ask({ command, ...(args === undefined ? {} : { arguments: args }) }, () => {});
  }

  follow(reader: LogReader): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#readers.set(reader, resolve);
    this.#subscribe(reader);
    return promise;
  }

  cut(): void {
    this.#socket?.write(HALF_A_FRAME);
    this.#socket?.destroy();
    this.#webSocket?.terminate();
  }

  async dawdle(ms: number): Promise<void> {
    const webSocket = this.#webSocket;
    if (webSocket?.readyState !== WebSocket.OPEN) return;
    webSocket.pause();
    await sleep(ms);
    webSocket.resume();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const webSocket = this.#webSocket;
    if (webSocket === undefined || webSocket.readyState === WebSocket.CLOSED) return;
    const closed = once(webSocket, 'close');
    webSocket.terminate();
    await closed;
  }

  /** Sends a command again on each connection until it has a result. */
  #ask(command: object, onAccepted: () => void): Promise<ResultFrame> {
    const { promise, resolve } = Promise.withResolvers<ResultFrame>();
    this.#count += 1;
    const ref = `r${this.#count}`;
    this.#pending.set(ref, { command, onAccepted, resolve });
    this.#send({ ...command, ref });
    return promise;
  }

  async #connect(): Promise<void> {
    while (!this.#isClosed) {
      const webSocket = new WebSocket(`ws+unix:${this.#socketPath}:/v1`, { perMessageDeflate: false });
      this.#webSocket = webSocket;
      this.#answered.clear();
      this.#handles.clear();
      for (const ref of this.#pending.keys()) if (ref.startsWith(SUBSCRIPTION)) this.#pending.delete(ref);
      const closed = new Promise((resolve) => webSocket.once('close', resolve));
      webSocket.on('error', () => undefined);
      webSocket.on('upgrade', ({ socket }) => (this.#socket = socket));
      webSocket.on('open', () => this.#resume());
      webSocket.on('message', (data: Buffer, isBinary) => this.#receive(data, isBinary));
      await closed;
      await sleep(RECONNECT_MS);
    }
  }

  #resume(): void {
    for (const [ref, { command }] of this.#pending) this.#send({ ...command, ref });
    for (const reader of this.#readers.keys()) this.#subscribe(reader);
  }

  #send(command: object): void {
    if (this.#webSocket?.readyState === WebSocket.OPEN) this.#webSocket.send(JSON.stringify(command));
  }

  /** A subscription belongs to its connection: the next one makes its own. */
  #subscribe(reader: LogReader): void {
    if (this.#webSocket?.readyState !== WebSocket.OPEN) return;
    this.#count += 1;
    const ref = `${SUBSCRIPTION}${this.#count}`;
    const resolve = ({ state, data, error }: ResultFrame): void => {
      if (state === 'SUCCESS') {
        this.#handles.set((JSON.parse(data) as { handle: number }).handle, reader);
        return;
      }
      // An agent that ends tells so; the next one is asked again.
      if (error?.code === 'cancelled' || error?.code === 'shutting-down') return;
      reader.refused(error?.code ?? state, error?.message ?? '');
      this.#finish(reader);
    };
    this.#pending.set(ref, { command: reader.request, onAccepted: () => {}, resolve });
    this.#send({ ...reader.request, ref });
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      const frame = decodeBinaryFrame(data);
      const reader = this.#handles.get(frame?.handle ?? 0);
      if (frame === undefined || reader === undefined) this.#complain('A binary frame that is nobody’s, or malformed');
      else reader.bytes(frame.position, frame.payload);
      return;
    }
    const frame = JSON.parse(data.toString()) as ServerFrame;
    if ('handle' in frame && frame.handle !== undefined && this.#handles.has(frame.handle))
      this.#read(frame, frame.handle);
    if (frame.type === 'error') this.#error(frame);
    if (frame.type === 'accepted' || frame.type === 'result') this.#answer(frame);
  }

  /** A subscription that failed is made again, so that only this is found. */
  #error(frame: ErrorFrame): void {
    const reader = this.#handles.get(frame.handle ?? 0);
    const whose = reader === undefined ? '' : ` to the reader of ${reader.plan.id} at ${reader.position}`;
    this.#complain(`An error instead of an answer${whose}: ${JSON.stringify(frame)}`);
    if (reader !== undefined) this.#subscribe(reader);
  }

  #read(frame: ServerFrame, handle: number): void {
    const reader = this.#handles.get(handle);
    if (frame.type === 'messages') for (const message of frame.messages) reader?.message(message);
    if (frame.type === 'gap') reader?.gap(frame.from, frame.to);
    if (frame.type !== 'end' || reader === undefined) return;
    reader.ended(frame.position);
    this.#handles.delete(handle);
    this.#finish(reader);
  }

  #finish(reader: LogReader): void {
    this.#readers.get(reader)?.();
    this.#readers.delete(reader);
  }

  #answer(frame: ServerFrame & { readonly type: 'accepted' | 'result' }): void {
    const ref = String(frame.ref);
    if (this.#answered.has(ref)) this.#complain(`More answers after the result: ${JSON.stringify(frame)}`);
    const pending = this.#pending.get(ref);
    if (frame.type === 'accepted') {
      pending?.onAccepted();
      return;
    }
    this.#answered.add(ref);
    this.#pending.delete(ref);
    pending?.resolve(frame);
  }
}
