import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { ResultFrame, ServerFrame } from '../../src/protocol/frames.ts';

/** What a command that was sent is waiting for. */
interface Pending {
  readonly command: object;
  readonly onAccepted: () => void;
  readonly onLines: (lines: readonly string[] | undefined) => void;
  readonly resolve: (result: ResultFrame) => void;
}

export interface AskOptions {
  /** Told when the agent has stored the job; again after each reconnect. */
  readonly onAccepted?: () => void;
  /** Told the lines a stream shows, in order; `undefined` when it begins from the start again. */
  readonly onLines?: (lines: readonly string[] | undefined) => void;
}

const RECONNECT_MS = 20;

/**
 * A client as small as can be, independent of the one that ships: when its connection is cut it makes a new one and
 * sends everything that has no result yet again, under the same ids. It watches that no command gets two.
 */
export class LoadClient {
  readonly #url: string;
  readonly #complain: (complaint: string) => void;
  readonly #pending = new Map<string, Pending>();
  /** Jobs whose stream is shown on the present connection, by id, with the ref that asked. */
  readonly #streams = new Map<string, string>();
  /** Refs that got a result on the present connection. */
  readonly #answered = new Set<string>();
  #socket: WebSocket | undefined;
  #count = 0;
  #isClosed = false;
  cuts = 0;

  constructor(socketPath: string, complain: (complaint: string) => void) {
    this.#url = `ws+unix:${socketPath}:/v1`;
    this.#complain = complain;
  }

  async connect(): Promise<void> {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      if (socket === this.#socket) this.#receive(JSON.parse(data.toString()) as ServerFrame);
    });
    socket.once('close', () => {
      if (socket === this.#socket && !this.#isClosed) void this.#reconnect();
    });
    await once(socket, 'open').catch(() => undefined);
  }

  /** Sends a command and resolves to its result, over as many connections as it takes. */
  ask(command: object, { onAccepted = noMatter, onLines = noMatter }: AskOptions = {}): Promise<ResultFrame> {
    const { promise, resolve } = Promise.withResolvers<ResultFrame>();
    this.#count += 1;
    const ref = `r${this.#count}`;
    this.#pending.set(ref, { command, onAccepted, onLines, resolve });
    this.#send(ref);
    return promise;
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.cuts += 1;
    this.#socket?.terminate();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const socket = this.#socket;
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.close(1000);
    await closed;
  }

  async #reconnect(): Promise<void> {
    this.#streams.clear();
    this.#answered.clear();
    while (!this.#isClosed && this.#socket?.readyState !== WebSocket.OPEN) {
      await sleep(RECONNECT_MS);
      await this.connect();
    }
    for (const ref of this.#pending.keys()) this.#send(ref);
  }

  #send(ref: string): void {
    const pending = this.#pending.get(ref);
    if (pending === undefined || this.#socket?.readyState !== WebSocket.OPEN) return;
    pending.onLines(undefined);
    if ('id' in pending.command && 'stream' in pending.command) this.#streams.set(String(pending.command.id), ref);
    this.#socket.send(JSON.stringify({ ...pending.command, ref }));
  }

  #receive(frame: ServerFrame): void {
    if (frame.type === 'messages') {
      const ref = this.#streams.get(frame.id) ?? '';
      this.#pending.get(ref)?.onLines(frame.messages.map(({ text }) => text));
      return;
    }
    if (frame.type === 'error') this.#complain(`An error instead of an answer: ${JSON.stringify(frame)}`);
    if (frame.type !== 'accepted' && frame.type !== 'result') return;
    const ref = String(frame.ref);
    if (this.#answered.has(ref)) this.#complain(`More answers after the result: ${JSON.stringify(frame)}`);
    if (frame.type === 'accepted') {
      this.#pending.get(ref)?.onAccepted();
      return;
    }
    this.#answered.add(ref);
    this.#pending.get(ref)?.resolve(frame);
    this.#pending.delete(ref);
  }
}

function noMatter(): void {
  // Nobody asked to be told.
}
