import { decodeBinaryFrame, streamOfKind } from '../../src/channel/binary-frame.ts';
import { JobEvent, SERVER_FRAMES, type ServerFrame } from '../../src/protocol/frames.ts';

/** Checks everything one connection gets against what the protocol promises. */
export class FrameCheck {
  #hasHello = false;
  /** The last `seq` of each stream of messages, by its handle or its job's id. */
  readonly #seqs = new Map<string, number>();
  /** Where the next byte of each handle and stream may begin at the earliest. */
  readonly #positions = new Map<number, number>();
  readonly #ended = new Set<number>();

  /** Reads a text frame. Throws what is wrong with it. */
  text(text: string): ServerFrame {
    const frame = JSON.parse(text) as ServerFrame;
    const schema = Object.hasOwn(SERVER_FRAMES, frame.type) ? SERVER_FRAMES[frame.type] : undefined;
    if (schema === undefined) throw new Error(`A frame of an unknown type`);
    const parsed = schema.safeParse(frame);
    if (!parsed.success) throw new Error(`A frame its schema does not allow: ${parsed.error.message}`);
    if (this.#hasHello === (frame.type === 'hello')) throw new Error('The first frame, and no other, is hello');
    this.#hasHello = true;
    if ('handle' in frame && frame.handle !== undefined) this.#checkHandle(frame.handle, frame.type);
    if (frame.type === 'event') checkEvent(frame);
    if (frame.type === 'messages') this.#checkSeqs(frame);
    if (frame.type === 'end') this.#ended.add(frame.handle);
    return frame;
  }

  /** Reads a binary frame. Throws what is wrong with it. */
  binary(data: Buffer): void {
    const frame = decodeBinaryFrame(data);
    if (frame === undefined || streamOfKind(frame.kind) === undefined) throw new Error('A binary frame of no stream');
    this.#checkHandle(frame.handle, 'bytes');
    if (frame.position < (this.#positions.get(frame.handle) ?? 0)) throw new Error('Bytes that came already');
    this.#positions.set(frame.handle, frame.position + frame.payload.length);
  }

  #checkHandle(handle: number, type: string): void {
    // What was sent to a handle that is over is answered with an error.
    if (this.#ended.has(handle) && type !== 'error') throw new Error(`A frame of handle ${handle} after its end`);
  }

  #checkSeqs({ id, handle, messages }: Extract<ServerFrame, { type: 'messages' }>): void {
    // Several commands may stream one job, or calls of one id, to this connection; only a handle is one reader's own.
    if (handle === undefined) return;
    const key = `${handle} ${id}`;
    for (const { seq } of messages) {
      if (seq <= (this.#seqs.get(key) ?? -1)) throw new Error(`The seq ${seq} is not larger than the one before`);
      this.#seqs.set(key, seq);
    }
  }
}

function checkEvent(frame: Extract<ServerFrame, { type: 'event' }>): void {
  const { type: _type, id: _id, handle: _handle, ...event } = frame;
  const parsed = JobEvent.safeParse(event);
  if (!parsed.success) throw new Error(`An event its schema does not allow: ${parsed.error.message}`);
}
