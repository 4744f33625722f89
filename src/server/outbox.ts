import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.ts';
import { binaryMessageHead } from '../channel/binary-frame.ts';
import type { ServerLimits } from './limits.ts';
import { noTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';

/** What the outbox of a connection is told and tells. */
export interface OutboxEvents {
  /** There is room for output again. */
  onRoom(): void;
  /** The peer leaves its replies untaken; the connection has to go. */
  onSlow(): void;
}

/**
 * Everything one connection sends. Control frames always go out, up to a hard limit that closes the
 * connection; output is only fetched while there is {@link hasRoom}. Frames written in one turn of the
 * loop leave in one system call.
 */
export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: ServerLimits;
  readonly #clock: Clock;
  readonly #events: OutboxEvents;
  readonly #traffic: Traffic;
  #isCorked = false;
  #isFull = false;
  #slowTimer: Disposable | undefined;

  constructor(
    ws: WebSocket,
    socket: Duplex,
    limits: ServerLimits,
    clock: Clock,
    events: OutboxEvents,
    traffic: Traffic = noTraffic(),
  ) {
    this.#ws = ws;
    this.#socket = socket;
    this.#limits = limits;
    this.#clock = clock;
    this.#events = events;
    this.#traffic = traffic;
  }

  /** Bytes the peer has not taken from this process yet. */
  get waiting(): number {
    return this.#ws.bufferedAmount;
  }

  /** Whether `bytes` more of output may be fetched. After a no, `onRoom` tells when to ask again. */
  hasRoom(bytes: number): boolean {
    if (this.#isFull) return false;
    if (this.#ws.bufferedAmount + bytes <= this.#limits.softBytes || this.#ws.bufferedAmount === 0) return true;
    this.#isFull = true;
    this.#traffic.pauses += 1;
    // The socket has more than its high-water mark, so it will drain; earlier if output frames are in it.
    this.#socket.once('drain', this.#onFlushed);
    return false;
  }

  /** Sends a control frame: a reply, an event, an error. */
  control(text: string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#traffic.textOut += 1;
    this.#ws.send(text);
    if (this.#ws.bufferedAmount > this.#limits.hardBytes) this.#checkSlowness();
  }

  /** Sends output as text. */
  text(text: string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#traffic.textOut += 1;
    this.#ws.send(text, this.#onFlushed);
  }

  /**
   * Sends output as bytes. The message is written past `ws`, which would copy the payload: that costs
   * half the CPU of a fast stream. It is whole and nothing here is ever fragmented or compressed.
   */
  binary(kind: number, handle: number, position: number, pieces: readonly Uint8Array[]): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#traffic.binaryOut += 1;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#socket.write(binaryMessageHead(kind, handle, position, length));
    pieces.forEach((piece, at) => this.#socket.write(piece, at === pieces.length - 1 ? this.#onFlushed : undefined));
  }

  /** Forgets its timer. Nothing is sent any more. */
  close(): void {
    this.#slowTimer?.[Symbol.dispose]();
    this.#socket.removeListener('drain', this.#onFlushed);
  }

  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#socket.cork();
    process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    this.#isCorked = false;
    this.#socket.uncork();
  };

  readonly #onFlushed = (): void => {
    if (!this.#isFull || this.#ws.bufferedAmount >= this.#limits.resumeBytes) return;
    this.#isFull = false;
    this.#socket.removeListener('drain', this.#onFlushed);
    this.#events.onRoom();
  };

  /** A burst of replies may pass the hard limit for a moment; a peer that reads brings it down again. */
  #checkSlowness(): void {
    if (this.#ws.bufferedAmount > 4 * this.#limits.hardBytes) {
      this.#events.onSlow();
      return;
    }
    this.#slowTimer ??= this.#clock.after(this.#limits.slowPatienceMs, () => {
      this.#slowTimer = undefined;
      if (this.#ws.bufferedAmount > this.#limits.hardBytes) this.#events.onSlow();
    });
  }
}
