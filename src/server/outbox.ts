import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { binaryMessageHead } from '../channel/binary-frame.ts';
import type { ServerLimits } from './limits.ts';
import { noTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';

/** What the outbox of a connection is told and tells. */
export interface OutboxEvents {
  /** There is room for output again. */
  onRoom(): void;
  /** So many replies are untaken that no more commands should be heard, until {@link onRelieved}. */
  onCongested(): void;
  onRelieved(): void;
  /** The peer takes nothing of its replies; the connection has to go. */
  onSlow(): void;
}

/** How many times the hard limit closes a connection at once, taking or not. */
const AT_ONCE = 8;

/**
 * Everything one connection sends. Control frames always go out; when too many are untaken the
 * connection is not listened to, and when the peer takes nothing of them it is closed. Output is only
 * fetched while there is {@link hasRoom}. Frames written in one turn of the loop leave in one system
 * call.
 */
export class Outbox {
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #limits: ServerLimits;
  readonly #events: OutboxEvents;
  readonly #traffic: Traffic;
  #isCorked = false;
  #isFull = false;
  #isCongested = false;
  #patienceMs = 0;

  constructor(
    ws: WebSocket,
    socket: Socket,
    limits: ServerLimits,
    events: OutboxEvents,
    traffic: Traffic = noTraffic(),
  ) {
    this.#ws = ws;
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    this.#traffic = traffic;
  }

  /** Bytes the peer has not taken from this process yet. */
  get waiting(): number {
    return this.#ws.bufferedAmount;
  }

  /** Whether the peer is not listened to until it has taken its replies. */
  get isCongested(): boolean {
    return this.#isCongested;
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
    if (this.#ws.bufferedAmount > this.#limits.congestedBytes) this.#watch();
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
  binary(kind: number, handle: number, position: number, pieces: readonly Uint8Array[], onSent?: () => void): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#traffic.binaryOut += 1;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#socket.write(binaryMessageHead(kind, handle, position, length));
    const onWritten = (error?: Error | null): void => {
      // Of a connection that broke it is not known who still reads the memory.
      if (error === undefined || error === null) onSent?.();
      this.#onFlushed();
    };
    pieces.forEach((piece, at) => this.#socket.write(piece, at === pieces.length - 1 ? onWritten : undefined));
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#socket.setTimeout(0);
    this.#socket.removeListener('timeout', this.#onTimeout);
    this.#socket.removeListener('drain', this.#onFlushed);
    this.#socket.removeListener('drain', this.#onDrained);
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

  /** A burst of replies may pile up for a moment; a peer that takes them, however slowly, may go on. */
  #watch(): void {
    const { hardBytes, slowPatienceMs, deadPeerMs } = this.#limits;
    if (!this.#isCongested) {
      this.#isCongested = true;
      this.#socket.once('drain', this.#onDrained);
      this.#socket.once('timeout', this.#onTimeout);
      this.#events.onCongested();
    }
    const waiting = this.#ws.bufferedAmount;
    if (waiting > AT_ONCE * hardBytes) this.#events.onSlow();
    else this.#setPatience(waiting > hardBytes ? slowPatienceMs : deadPeerMs);
  }

  /** The socket tells when nothing came from it, and nothing was taken of what was written, for so long. */
  #setPatience(ms: number): void {
    if (ms === this.#patienceMs) return;
    this.#patienceMs = ms;
    this.#socket.setTimeout(ms);
  }

  readonly #onDrained = (): void => {
    this.#isCongested = false;
    this.#setPatience(0);
    this.#socket.removeListener('timeout', this.#onTimeout);
    this.#events.onRelieved();
  };

  readonly #onTimeout = (): void => {
    this.#events.onSlow();
  };
}
