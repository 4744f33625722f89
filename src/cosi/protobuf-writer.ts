/** Writes protocol buffers. */
const FIRST_BYTES = 256;
/** The most bytes a character of a string takes in UTF-8. */
const BYTES_PER_UNIT = 3;
const MAX_VARINT_BYTES = 10;
/** Lengths below it are one byte. */
const ONE_BYTE = 0x80;
const BITS = 7;
const VARINT = 0;
const DELIMITED = 2;

/**
 * Fields in the order in which they are written. What proto3 leaves out when it is empty is left out by the methods named
 * for values; {@link begin}, {@link presentBytes} and {@link presentText} write what is there even when it is empty.
 */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  /** Bytes written so far. */
  get size(): number {
    return this.#at;
  }

  /** Nothing for an empty text. */
  text(field: number, value: string): void {
    if (value !== '') this.presentText(field, value);
  }

  presentText(field: number, value: string): void {
    this.#tag(field, DELIMITED);
    const most = value.length * BYTES_PER_UNIT;
    this.#room(most + MAX_VARINT_BYTES);
    if (most < ONE_BYTE) {
      const written = this.#short(value, this.#at + 1);
      this.#buffer[this.#at] = written;
      this.#at += 1 + written;
      return;
    }
    this.#varint(Buffer.byteLength(value));
    this.#at += this.#buffer.write(value, this.#at);
  }

  /** Nothing for no bytes. */
  bytes(field: number, value: Uint8Array): void {
    if (value.length > 0) this.presentBytes(field, value);
  }

  presentBytes(field: number, value: Uint8Array): void {
    this.#tag(field, DELIMITED);
    this.#room(value.length + MAX_VARINT_BYTES);
    this.#varint(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** A whole number, negative ones too. Nothing for 0. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, VARINT);
    this.#room(MAX_VARINT_BYTES);
    if (value < 0) this.#negative(value);
    else this.#varint(value);
  }

  /** Nothing for false. */
  flag(field: number, value: boolean): void {
    if (value) this.number(field, 1);
  }

  /** A message in this one: all that is written until {@link end} is given what this returns. */
  begin(field: number): number {
    this.#tag(field, DELIMITED);
    this.#room(1);
    this.#at += 1;
    return this.#at;
  }

  end(start: number): void {
    const length = this.#at - start;
    if (length < ONE_BYTE) {
      this.#buffer[start - 1] = length;
      return;
    }
    // One byte was left for the length; the message makes room for the rest of it.
    this.#room(MAX_VARINT_BYTES);
    const more = varintBytes(length) - 1;
    this.#buffer.copyWithin(start + more, start, this.#at);
    this.#at = start - 1;
    this.#varint(length);
    this.#at += length;
  }

  /** What was written; the writer is not to be used any more. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Most texts are short and ASCII: to go through the few characters takes less than a call out of JavaScript. */
  #short(value: string, at: number): number {
    for (let unit = 0; unit < value.length; unit += 1) {
      const code = value.charCodeAt(unit);
      if (code >= ONE_BYTE) return this.#buffer.write(value, at);
      this.#buffer[at + unit] = code;
    }
    return value.length;
  }

  #tag(field: number, wireType: number): void {
    this.#room(MAX_VARINT_BYTES);
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= ONE_BYTE) {
      this.#buffer[this.#at] = (rest % ONE_BYTE) + ONE_BYTE;
      this.#at += 1;
      rest = Math.floor(rest / ONE_BYTE);
    }
    this.#buffer[this.#at] = rest;
    this.#at += 1;
  }

  /** The two's complement of 64 bits, as negative numbers of every size go. */
  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= BigInt(ONE_BYTE)) {
      this.#buffer[this.#at] = Number(rest & 0x7fn) + ONE_BYTE;
      this.#at += 1;
      rest >>= BigInt(BITS);
    }
    this.#buffer[this.#at] = Number(rest);
    this.#at += 1;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= ONE_BYTE; rest = Math.floor(rest / ONE_BYTE)) bytes += 1;
  return bytes;
}
