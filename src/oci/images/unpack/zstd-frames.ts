/** Where the frames of a zstd stream begin and end. Node decodes one frame; layers may have one for each file. Source: RFC 8878. */
import { ArchiveError } from '../../../files/archive-error.ts';

const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const BYTES_OF_DICTIONARY_ID = [0, 1, 2, 4];
const BYTES_OF_CONTENT_SIZE = [0, 2, 4, 8];
const RLE_BLOCK = 1;

/** Bytes of one frame, or of what is to be skipped; `ends`: the frame is complete with them. */
export interface FramePart {
  readonly bytes: Buffer;
  readonly ends: boolean;
}

type Step = 'magic' | 'descriptor' | 'header' | 'block' | 'checksum' | 'skip size';

/** Cuts a stream into its frames, as it comes. */
export class ZstdFrames {
  #step: Step = 'magic';
  /** Bytes of what the next step reads, as far as they have come. */
  #pending = Buffer.alloc(0);
  /** Bytes that go by unread, what follows them, and whether they are of a frame. */
  #pass = 0;
  #isSkipping = false;
  #hasChecksum = false;
  #headerLength = 0;
  #isLastBlock = false;

  /** The parts of frames these bytes are. Errors: ArchiveError. */
  *push(chunk: Buffer): Generator<FramePart, void, undefined> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#pass > 0) {
        const bytes = rest.subarray(0, this.#pass);
        this.#pass -= bytes.length;
        rest = rest.subarray(bytes.length);
        const ends = this.#pass === 0 && this.#step === 'magic';
        if (!this.#isSkipping) yield { bytes, ends };
        continue;
      }
      const wanted = this.#wanted() - this.#pending.length;
      this.#pending = Buffer.concat([this.#pending, rest.subarray(0, wanted)]);
      rest = rest.subarray(wanted);
      if (this.#pending.length < this.#wanted()) return;
      const bytes = this.#pending;
      this.#pending = Buffer.alloc(0);
      const isOfFrame = this.#read(bytes);
      const ends = this.#step === 'magic' && this.#pass === 0;
      if (isOfFrame) yield { bytes, ends };
    }
  }

  /** Errors: ArchiveError when a frame is not complete. */
  end(): void {
    if (this.#step === 'magic' && this.#pass === 0 && this.#pending.length === 0) return;
    throw new ArchiveError('its zstd data ends in the middle');
  }

  #wanted(): number {
    switch (this.#step) {
      case 'magic':
      case 'skip size':
      case 'checksum':
        return 4;
      case 'descriptor':
        return 1;
      case 'header':
        return this.#headerLength;
      case 'block':
        return 3;
    }
  }

  /** Whether what was read belongs to a frame that is decoded. */
  #read(bytes: Buffer): boolean {
    switch (this.#step) {
      case 'magic': {
        const magic = bytes.readUInt32LE(0);
        this.#isSkipping = (magic & 0xfffffff0) >>> 0 === SKIPPABLE;
        if (!this.#isSkipping && magic !== FRAME) throw new ArchiveError('its zstd data is damaged');
        this.#step = this.#isSkipping ? 'skip size' : 'descriptor';
        return !this.#isSkipping;
      }
      case 'skip size':
        this.#pass = bytes.readUInt32LE(0);
        this.#step = 'magic';
        return false;
      case 'descriptor':
        this.#readDescriptor(bytes[0] ?? 0);
        return true;
      case 'header':
        this.#step = 'block';
        return true;
      case 'block':
        this.#readBlock(bytes.readUIntLE(0, 3));
        return true;
      case 'checksum':
        this.#step = 'magic';
        return true;
    }
  }

  #readDescriptor(descriptor: number): void {
    const isSingle = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const sizeBytes = sizeFlag === 0 && isSingle ? 1 : (BYTES_OF_CONTENT_SIZE[sizeFlag] ?? 0);
    this.#headerLength = (isSingle ? 0 : 1) + (BYTES_OF_DICTIONARY_ID[descriptor & 3] ?? 0) + sizeBytes;
    this.#step = 'header';
  }

  #readBlock(header: number): void {
    this.#isLastBlock = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    // A block of one byte that is repeated holds that byte once.
    this.#pass = type === RLE_BLOCK ? 1 : header >> 3;
    if (this.#isLastBlock) this.#step = this.#hasChecksum ? 'checksum' : 'magic';
  }
}
