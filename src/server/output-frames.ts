/** What a reader of a job gives, as frames. */
import { kindOfStream } from '../channel/binary-frame.ts';
import type { ReadingBytes, ReadingItem } from '../engine/streams/reading.ts';
import type { Message } from '../protocol/frames.ts';

/** About how large a `messages` frame gets, and a binary frame made of several pieces. */
const MESSAGES_FRAME_BYTES = 256 * 1024;
const JOINED_BYTES = 64 * 1024;

/** What the JSON of a message takes beside its text. */
const MESSAGE_OVERHEAD = 64;

/** Where frames go. */
export interface FrameSink {
  text(text: string): void;
  /** A binary frame whose payload lies in pieces. They may change once `onSent` was called, which it may never be. */
  binary(kind: number, handle: number, position: number, pieces: readonly Uint8Array[], onSent?: () => void): void;
}

/** Whose frames they are. Without a handle they answer a command that asked for `stream`. */
export interface FrameOwner {
  readonly id: string;
  readonly handle: number | undefined;
}

/** Sends items, in order, as few frames as is sensible. Bytes need a handle; without one they are left out. */
export function sendItems(items: readonly ReadingItem[], owner: FrameOwner, sink: FrameSink): void {
  const head = { id: owner.id, handle: owner.handle };
  let joined: ReadingBytes[] = [];
  const flush = (): void => {
    if (joined.length > 0) sendBytes(joined, owner, sink);
    joined = [];
  };
  for (const item of items) {
    if (item.type === 'bytes') {
      if (!continues(joined, item)) flush();
      joined.push(item);
      continue;
    }
    flush();
    switch (item.type) {
      case 'messages':
        sendMessages(item.messages, item.run, head, sink);
        break;
      case 'gap':
        sink.text(JSON.stringify({ type: 'gap', ...head, from: item.from, to: item.to }));
        break;
      case 'event':
        sink.text(JSON.stringify({ type: 'event', ...head, ...item.event }));
        break;
      case 'stats':
        sink.text(JSON.stringify({ type: 'stats', ...head, ...item.stats }));
        break;
    }
  }
  flush();
}

/** Whether an item goes on where the pieces end, in the same stream, and they stay small together. */
function continues(pieces: readonly ReadingBytes[], item: ReadingBytes): boolean {
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return true;
  const end = last.position + last.bytes.length;
  return (
    item.stream === first.stream && item.position === end && end + item.bytes.length - first.position <= JOINED_BYTES
  );
}

function sendBytes(pieces: readonly ReadingBytes[], owner: FrameOwner, sink: FrameSink): void {
  const [first] = pieces;
  const release = pieces.at(-1)?.release;
  if (first === undefined || owner.handle === undefined) {
    release?.();
    return;
  }
  const bytes = pieces.map((piece) => piece.bytes);
  sink.binary(kindOfStream(first.stream), owner.handle, first.position, bytes, release);
}

function sendMessages(messages: readonly Message[], run: number, head: object, sink: FrameSink): void {
  let start = 0;
  let size = 0;
  messages.forEach((message, at) => {
    const own = message.text.length + MESSAGE_OVERHEAD;
    if (size > 0 && size + own > MESSAGES_FRAME_BYTES) {
      sink.text(JSON.stringify({ type: 'messages', ...head, run, messages: messages.slice(start, at) }));
      start = at;
      size = 0;
    }
    size += own;
  });
  const rest = start === 0 ? messages : messages.slice(start);
  if (rest.length > 0) sink.text(JSON.stringify({ type: 'messages', ...head, run, messages: rest }));
}
