import { STDERR_LEVEL, STDOUT_LEVEL } from '../../protocol/levels.ts';
import type { OutputBytes, OutputItem, OutputStream } from '../../protocol/output.ts';
import { OpenMessage } from './open-message.ts';
import type { OpenMessageSnapshot } from './open-message.ts';
import type { ParsedMessage } from './parsed-message.ts';
import { readWholeLines } from './whole-lines.ts';

export type { ParsedMessage } from './parsed-message.ts';

/** A place in a job's output between two messages, from which parsing gives the same as from the start. */
export interface ParserPlace {
  /** Bytes of the log before it. */
  readonly position: number;
  /** Of the last message before it; -1 when there is none. */
  readonly lastSeq: number;
  readonly run: number;
}

/** A {@link ParserPlace} with what is open there. JSON. */
export interface ParserSnapshot extends ParserPlace {
  readonly open?: readonly (OpenMessageSnapshot & { readonly stream: OutputStream })[];
  /** The last place where nothing was open, when something is. */
  readonly clean?: ParserPlace;
}

const START: ParserPlace = { position: 0, lastSeq: -1, run: 1 };

const NEWLINE = 0x0a;

/** More open bytes than this are better parsed again than kept. */
const SNAPSHOT_BYTES = 16 * 1024;

/**
 * Finds the messages in a job's output, line by line.
 *
 * `LEVEL::text` is a message of that level, `LEVEL:::text` opens a block that ends with a line `:::`, every other
 * line is a message of its stream's level. Nothing in the result depends on how the bytes were split.
 *
 * `seq` is the position of a message's last byte: its newline, a block's last newline, the last byte before it was
 * cut. A message that is cut, or a part of one, may be known only after messages that ended later; it then takes the
 * number after theirs. So `seq = max(position of the last byte, seq of the message before + 1)`, strictly growing over
 * the whole job, and at most a stream's worth (2) beyond the last byte's position.
 *
 * Memory: MAX_MESSAGE_BYTES for each stream with a line or block open.
 */
export class MessageParser {
  #position: number;
  #lastSeq: number;
  #run: number;
  /** Where nothing was open, last. */
  #clean: ParserPlace;
  readonly #streams: OpenStream[] = [];

  constructor(place: ParserPlace = START) {
    this.#position = place.position;
    this.#lastSeq = place.lastSeq;
    this.#run = place.run;
    this.#clean = { position: place.position, lastSeq: place.lastSeq, run: place.run };
  }

  /** Goes on where {@link snapshot} was taken; at the start without one. */
  static restore(snapshot: ParserSnapshot = START): MessageParser {
    const parser = new MessageParser(snapshot);
    for (const open of snapshot.open ?? []) parser.#stream(open.stream).message.restore(open);
    if (snapshot.clean !== undefined) parser.#clean = snapshot.clean;
    return parser;
  }

  /** Bytes of the log that were taken in. */
  get position(): number {
    return this.#position;
  }

  /** Of the last message given; -1 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  get run(): number {
    return this.#run;
  }

  /** Whether no line or block is open on any stream. */
  get isClean(): boolean {
    return this.#streams.every(({ message }) => !message.isOpen);
  }

  /** Every message given has a lower `seq`, every message to come this one or a higher. */
  get nextSeq(): number {
    let lowest = this.#position;
    for (const { message } of this.#streams) {
      if (message.isOpen && message.lastAt < lowest) lowest = message.lastAt;
    }
    return Math.max(lowest, this.#lastSeq + 1);
  }

  /** Takes in the next item of the log and appends the messages it completes to `into`. What was taken in before is ignored. */
  push(item: OutputItem, into: ParsedMessage[]): void {
    switch (item.type) {
      case 'bytes':
        this.#takeBytes(item, into);
        return;
      case 'run':
        if (item.position < this.#position) return;
        this.#skipTo(item.position, into);
        this.end(into);
        this.#run = item.run;
        return;
      case 'gap':
        this.#skipTo(item.to, into);
        return;
    }
  }

  /** The run is over: what is open comes out. */
  end(into: ParsedMessage[]): void {
    this.#cut(false, into);
  }

  /** Where to go on later: the present place with what is open there, or, when that is more, the last place where nothing was. */
  snapshot(maxOpenBytes = SNAPSHOT_BYTES): ParserSnapshot {
    const open = this.#streams.filter(({ message }) => message.isOpen);
    if (open.reduce((sum, { message }) => sum + message.length, 0) > maxOpenBytes) return this.#clean;
    const place = { position: this.#position, lastSeq: this.#lastSeq, run: this.#run };
    if (open.length === 0) return place;
    return {
      ...place,
      open: open.map(({ stream, message }) => ({ stream, ...message.snapshot() })),
      clean: this.#clean,
    };
  }

  #stream(stream: OutputStream): OpenStream {
    for (const known of this.#streams) if (known.stream === stream) return known;
    const level = stream === 'stderr' ? STDERR_LEVEL : STDOUT_LEVEL;
    const added = { stream, level, message: new OpenMessage(level) };
    this.#streams.push(added);
    return added;
  }

  /** Bytes up to `position` are missing. */
  #skipTo(position: number, into: ParsedMessage[]): void {
    if (position <= this.#position) return;
    this.#cut(true, into);
    this.#position = position;
    this.#noteClean();
  }

  /** Gives what is open, in the order of their last bytes. */
  #cut(afterIsHole: boolean, into: ParsedMessage[]): void {
    const open = this.#streams.filter(({ message }) => message.isOpen);
    open.sort((a, b) => a.message.lastAt - b.message.lastAt);
    for (const { stream, message } of open) {
      const { lastAt, continues, epoch } = message;
      const isWhole = message.cut(afterIsHole);
      const { level } = message;
      this.#give({ level, text: message.take(), epoch, stream, terminated: false }, lastAt, !isWhole, continues, into);
    }
    if (open.length > 0) this.#noteClean();
  }

  #takeBytes(item: OutputBytes, into: ParsedMessage[]): void {
    const { position, epoch } = item;
    const bytes = Buffer.isBuffer(item.bytes)
      ? item.bytes
      : Buffer.from(item.bytes.buffer, item.bytes.byteOffset, item.bytes.byteLength);
    const end = position + bytes.length;
    if (end <= this.#position) return;
    this.#skipTo(position, into);
    const of = this.#stream(item.stream);
    let at = this.#position - position;
    while (at < bytes.length) {
      if (!of.message.isOpen) {
        const next = readWholeLines(
          bytes,
          at,
          { position, epoch, stream: of.stream, level: of.level, run: this.#run },
          this.#lastSeq,
          into,
        );
        if (next > at) {
          this.#lastSeq = into.at(-1)?.seq ?? this.#lastSeq;
          at = next;
          continue;
        }
        of.message.open();
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline === -1 ? bytes.length : newline;
      while (at < lineEnd) {
        at = of.message.append(bytes, at, lineEnd, position, epoch);
        if (of.message.isTooLong) this.#givePart(of, into);
      }
      if (newline === -1) break;
      at = newline + 1;
      if (of.message.endLine(position + newline, epoch)) {
        const { level, continues } = of.message;
        const text = of.message.take();
        this.#give(
          { level, text, epoch, stream: of.stream, terminated: true },
          position + newline,
          false,
          continues,
          into,
        );
      } else if (of.message.isTooLong) {
        this.#givePart(of, into);
      }
    }
    this.#position = end;
    this.#noteClean();
  }

  #givePart(of: OpenStream, into: ParsedMessage[]): void {
    const { level, epoch, continues, fullAt } = of.message;
    this.#give(
      { level, text: of.message.takePart(), epoch, stream: of.stream, terminated: false },
      fullAt,
      true,
      continues,
      into,
    );
  }

  #give(message: Said, lastAt: number, isTruncated: boolean, continues: boolean, into: ParsedMessage[]): void {
    this.#lastSeq = Math.max(lastAt, this.#lastSeq + 1);
    const truncated = isTruncated ? { truncated: true as const } : undefined;
    const continued = continues ? { continues: true as const } : undefined;
    into.push({ seq: this.#lastSeq, ...message, run: this.#run, ...truncated, ...continued });
  }

  #noteClean(): void {
    if (this.isClean) this.#clean = { position: this.#position, lastSeq: this.#lastSeq, run: this.#run };
  }
}

interface OpenStream {
  readonly stream: OutputStream;
  readonly level: number;
  readonly message: OpenMessage;
}

type Said = Pick<ParsedMessage, 'level' | 'text' | 'epoch' | 'stream' | 'terminated'>;
