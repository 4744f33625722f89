import { connect, type Socket } from 'node:net';

import { parseTrustedJson } from '../../base/json.ts';
import { MemoryPool } from '../../base/memory-pool.ts';
import { type Frame, FrameReader } from '../keeper/frames.ts';
import { FrameWriter } from '../keeper/frame-writer.ts';
import { type AgentHello, ASK, type KeeperHello, TELL } from '../keeper/protocol.ts';

/** What is received is read into one buffer and copied out of it; the rest of a large frame is read to its place. */
const RECEIVE_BYTES = 64 * 1024;

/**
 * Memory for large frames: output that is asked for in pieces of up to 512 KiB, with what stands around it. Two sizes, so
 * that many small answers that wait for a slow reader don't hold much more memory than they are.
 */
const frames = [new MemoryPool(136 * 1024, 16), new MemoryPool(528 * 1024, 8)];

/** Whoever uses a link hears of its frames and of its end. */
export interface LinkListener {
  /** `frame.bytes` are valid during the call only, unless the frame owns them. */
  onFrame(frame: Frame): void;
  onClose(): void;
}

/** No request has it, so its answer can't be taken for that of another. */
const LEAVE_ID = 0xffffffff;

const nobody: LinkListener = { onFrame: () => undefined, onClose: () => undefined };

/** One connection to a keeper's socket. */
export class KeeperLink {
  readonly hello: Promise<KeeperHello>;
  readonly #socket: Socket;
  readonly #reader = new FrameReader(frames);
  readonly #received = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  readonly #writer: FrameWriter;
  readonly #greeted = Promise.withResolvers<KeeperHello>();
  readonly #closed = Promise.withResolvers<undefined>();
  #listener = nobody;
  #isClosed = false;

  /** For {@link KeeperLink.connect}. */
  private constructor(path: string, onConnected: (error?: Error) => void) {
    this.hello = this.#greeted.promise;
    this.hello.catch(() => undefined);
    this.#socket = connect({
      path,
      onread: {
        buffer: () => this.#reader.room() ?? this.#received,
        callback: (length, buffer) => {
          this.#receive(length, buffer);
          return true;
        },
      },
    });
    this.#writer = new FrameWriter(this.#socket);
    this.#socket.on('connect', () => {
      onConnected();
    });
    this.#socket.on('error', onConnected);
    this.#socket.on('close', () => {
      this.#isClosed = true;
      this.#greeted.reject(new Error('The keeper closed the connection'));
      this.#closed.resolve(undefined);
      this.#listener.onClose();
    });
  }

  /** Connects and says hello; the answer comes as {@link KeeperLink.hello}. Errors: of the system. */
  static async connect(path: string, hello: AgentHello): Promise<KeeperLink> {
    const connected = Promise.withResolvers<undefined>();
    const link = new KeeperLink(path, (error) => {
      if (error === undefined) connected.resolve(undefined);
      else connected.reject(error);
    });
    await connected.promise;
    link.send(ASK.hello, 0, JSON.stringify(hello));
    return link;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Resolves when the connection is over. */
  get closed(): Promise<undefined> {
    return this.#closed.promise;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
  }

  send(kind: number, id: number, text?: string, bytes?: readonly Uint8Array[]): void {
    this.#writer.send(kind, id, text, bytes);
  }

  /** Tells the keeper that it is needed no more. Resolves true when the connection is over, false when it has something to keep. */
  async leave(): Promise<boolean> {
    const staying = Promise.withResolvers<boolean>();
    this.listen({
      onFrame: (frame) => {
        if (frame.kind === TELL.answer && frame.id === LEAVE_ID) staying.resolve(false);
      },
      onClose: () => {
        staying.resolve(true);
      },
    });
    if (this.#isClosed) return true;
    this.send(ASK.leave, LEAVE_ID);
    return await staying.promise;
  }

  /** Ends the connection, once what was said is sent. */
  end(): void {
    this.#writer.flush();
    this.#socket.end();
  }

  /** Breaks the connection off. */
  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onFrame = (frame: Frame): void => {
    if (frame.kind === TELL.hello) this.#greeted.resolve(parseTrustedJson(frame.text) as KeeperHello);
    else this.#listener.onFrame(frame);
  };

  #receive(length: number, into: Uint8Array): void {
    try {
      if (into === this.#received) this.#reader.push(this.#received.subarray(0, length), this.#onFrame);
      else this.#reader.filled(length, this.#onFrame);
    } catch (error) {
      this.#greeted.reject(error instanceof Error ? error : new Error(String(error)));
      this.#socket.destroy();
    }
  }
}
