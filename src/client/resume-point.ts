import { type BinaryFrame, streamOfKind } from '../channel/binary-frame.ts';
import type { EventFrame, GapFrame, MessagesFrame, StatsFrame } from '../protocol/frames.ts';
import type { JobItem, JobStats } from './job-items.ts';

/** A frame that belongs to a subscription. */
export type SubscriptionFrame = MessagesFrame | GapFrame | EventFrame | StatsFrame | BinaryFrame;

/** The agent itself remembers fewer events of a job. */
const MOST_EVENTS = 256;

/**
 * Knows how far a reader is, and makes of each frame what the reader has not seen yet: what is sent twice, because
 * a subscription was resumed, is left out.
 */
export class ResumePoint {
  readonly #as: 'messages' | 'bytes';
  #position: number | undefined;
  #gapEnd = 0;
  /** Events since the position moved, as JSON. After a reconnect those that stand there may come again. */
  #newest: string[] = [];
  #repeats: string[] = [];

  constructor(as: 'messages' | 'bytes') {
    this.#as = as;
  }

  /** Where to read on: all before it was taken. Undefined until the agent has named a position. */
  get position(): number | undefined {
    return this.#position;
  }

  /** The agent said where it begins. Only the first time counts: later it may be behind what was seen. */
  begin(position: number): void {
    this.#position ??= position;
  }

  /** What comes from now on begins at the position. */
  resume(): void {
    this.#repeats = [...this.#newest];
  }

  /** The items of a frame that are new, in order. */
  take(frame: SubscriptionFrame): JobItem[] {
    if (!('type' in frame)) return this.#takeBytes(frame);
    switch (frame.type) {
      case 'messages':
        return this.#takeMessages(frame);
      case 'gap':
        return this.#takeGap(frame.from, frame.to);
      case 'event':
        return this.#takeEvent(frame);
      case 'stats':
        return [statsOf(frame)];
    }
  }

  #takeMessages({ run, messages }: MessagesFrame): JobItem[] {
    const items: JobItem[] = [];
    for (const message of messages) {
      if (message.seq < (this.#position ?? 0)) continue;
      this.#moveTo(message.seq + 1);
      items.push({ type: 'message', run, ...message });
    }
    return items;
  }

  #takeBytes({ kind, position, payload }: BinaryFrame): JobItem[] {
    const stream = streamOfKind(kind);
    const seen = Math.max(0, (this.#position ?? 0) - position);
    if (stream === undefined || seen >= payload.length) return [];
    this.#moveTo(position + payload.length);
    return [{ type: 'bytes', stream, position: position + seen, bytes: ownBytes(payload.subarray(seen)) }];
  }

  #takeGap(from: number, to: number): JobItem[] {
    const start = Math.max(from, this.#position ?? 0, this.#gapEnd);
    if (start >= to) return [];
    this.#gapEnd = to;
    // What a gap cuts off in the middle is a message that may come after it.
    if (this.#as === 'bytes') this.#moveTo(to);
    return [{ type: 'gap', from: start, to }];
  }

  #takeEvent({ type: _type, id: _id, handle: _handle, ...event }: EventFrame): JobItem[] {
    const key = JSON.stringify(event);
    const repeat = this.#repeats.indexOf(key);
    if (repeat !== -1) {
      this.#repeats.splice(repeat, 1);
      return [];
    }
    this.#newest.push(key);
    if (this.#newest.length > MOST_EVENTS) this.#newest.shift();
    return [{ type: 'event', event }];
  }

  #moveTo(position: number): void {
    if (position === this.#position) return;
    this.#position = position;
    this.#newest = [];
    this.#repeats = [];
  }
}

/** A small view can hold on to a large chunk of the socket; such bytes are copied out. */
function ownBytes(view: Uint8Array): Buffer {
  if (view.byteLength * 2 >= view.buffer.byteLength) return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  const copy = Buffer.allocUnsafeSlow(view.byteLength);
  copy.set(view);
  return copy;
}

function statsOf({ cpu, rss, vms, swap, processes, cgroup, time }: StatsFrame): JobStats {
  return {
    type: 'stats',
    cpu,
    rss,
    vms,
    swap,
    ...(processes === undefined ? {} : { processes }),
    ...(cgroup === undefined ? {} : { cgroup }),
    time,
  };
}
