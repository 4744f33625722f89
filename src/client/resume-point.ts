import { type BinaryFrame, streamOfKind } from '../channel/binary-frame.ts';
import type { EventFrame, GapFrame, MessagesFrame, StatsFrame } from '../protocol/frames.ts';
import type { JobItem } from './job-items.ts';

/** A frame that belongs to a subscription. */
export type SubscriptionFrame = MessagesFrame | GapFrame | EventFrame | StatsFrame | BinaryFrame;

/**
 * Knows how far a reader is, and makes of each frame what the reader has not seen yet: what is sent twice, because
 * a subscription was resumed, is left out.
 */
export class ResumePoint {
  readonly #as: 'messages' | 'bytes';
  #position: number | undefined;
  #gapEnd = 0;
  #startedRun = 0;
  #exitedRun = 0;

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
        return [{ type: 'stats', cpu: frame.cpu, rss: frame.rss, vms: frame.vms, swap: frame.swap, time: frame.time }];
    }
  }

  #takeMessages({ run, messages }: MessagesFrame): JobItem[] {
    const items: JobItem[] = [];
    for (const message of messages) {
      if (message.seq < (this.#position ?? 0)) continue;
      this.#position = message.seq + 1;
      items.push({ type: 'message', run, ...message });
    }
    return items;
  }

  #takeBytes({ kind, position, payload }: BinaryFrame): JobItem[] {
    const stream = streamOfKind(kind);
    const seen = Math.max(0, (this.#position ?? 0) - position);
    if (stream === undefined || seen >= payload.length) return [];
    this.#position = position + payload.length;
    return [{ type: 'bytes', stream, position: position + seen, bytes: ownBytes(payload.subarray(seen)) }];
  }

  #takeGap(from: number, to: number): JobItem[] {
    const start = Math.max(from, this.#position ?? 0, this.#gapEnd);
    if (start >= to) return [];
    this.#gapEnd = to;
    // What a gap cuts off in the middle is a message that may come after it.
    if (this.#as === 'bytes') this.#position = to;
    return [{ type: 'gap', from: start, to }];
  }

  #takeEvent({ type: _type, id: _id, handle: _handle, ...event }: EventFrame): JobItem[] {
    if (event.event === 'started') {
      if (event.run <= this.#startedRun) return [];
      this.#startedRun = event.run;
    } else if (event.event === 'exited') {
      if (event.run <= this.#exitedRun) return [];
      this.#exitedRun = event.run;
    }
    return [{ type: 'event', event: event }];
  }
}

/** A small view can hold on to a large chunk of the socket; such bytes are copied out. */
function ownBytes(view: Uint8Array): Uint8Array {
  return view.byteLength * 2 < view.buffer.byteLength ? view.slice() : view;
}
