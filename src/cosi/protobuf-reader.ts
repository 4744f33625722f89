/** Reads protocol buffers. */
import { isUtf8 } from 'node:buffer';

import { StateError } from '../state/state-error.ts';

const MAX_VARINT_BYTES = 10;
const MORE = 0x80;
const SEVEN_BITS = 0x7f;
const WIRE_TYPE_BITS = 3;
const MAX_FIELD = 2 ** 29 - 1;
/** What stands for bytes that are no UTF-8; it may also be meant. */
const REPLACEMENT = '\uFFFD';

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const GROUP = 3;
const GROUP_END = 4;
const FIXED32 = 5;

/** How deep groups, which nobody writes any more, may be in each other. */
const MAX_GROUPS = 64;

/**
 * The fields of one message, one after the other: {@link next} goes to a field, then one of the other methods takes its
 * value, or {@link skip} passes it by. Errors: StateError `bad-request` for bytes that are no such message.
 */
export class ProtobufReader {
  /** Number of the field whose value comes. */
  field = 0;
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #what: string;
  #wireType = 0;
  #at: number;

  /** `what`: the message, as errors call it. `from`, `end`: where in the bytes it stands; default: all of them. */
  constructor(bytes: Uint8Array, what: string, from = 0, end = bytes.length) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
    this.#at = from;
    this.#end = end;
  }

  /** False behind the last field. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const key = this.#varint();
    this.field = Math.floor(key / 2 ** WIRE_TYPE_BITS);
    this.#wireType = key % 2 ** WIRE_TYPE_BITS;
    if (this.field === 0 || this.field > MAX_FIELD) throw this.#refusal(`there is no field ${this.field}`);
    return true;
  }

  text(): string {
    const from = this.#delimited();
    const value = this.#bytes.toString('utf8', from, this.#at);
    if (value.includes(REPLACEMENT) && !isUtf8(this.#bytes.subarray(from, this.#at))) {
      throw this.#refusal(`field ${this.field} is a text and must be UTF-8`);
    }
    return value;
  }

  /** Shares memory with the message. */
  bytes(): Buffer {
    const from = this.#delimited();
    return this.#bytes.subarray(from, this.#at);
  }

  /** A message in this one. */
  message(what: string): ProtobufReader {
    const from = this.#delimited();
    return new ProtobufReader(this.#bytes, what, from, this.#at);
  }

  /** A signed whole number; beyond 53 bits the nearest one. */
  number(): number {
    this.#must(VARINT);
    return this.#varint();
  }

  flag(): boolean {
    return this.number() !== 0;
  }

  skip(): void {
    this.#skip(0);
  }

  #skip(depth: number): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case DELIMITED:
        this.#delimited();
        return;
      case FIXED32:
        this.#take(4);
        return;
      case GROUP:
        this.#skipGroup(depth + 1);
        return;
      default:
        throw this.#refusal(`field ${this.field} has the wire type ${this.#wireType}, which is none`);
    }
  }

  #skipGroup(depth: number): void {
    if (depth > MAX_GROUPS) throw this.#refusal(`groups are deeper than ${MAX_GROUPS}`);
    while (this.next()) {
      if (this.#wireType === GROUP_END) return;
      this.#skip(depth);
    }
    throw this.#refusal('a group does not end');
  }

  /** Where a value with a length begins; the reader goes behind it. */
  #delimited(): number {
    this.#must(DELIMITED);
    const length = this.#varint();
    const from = this.#at;
    this.#take(length);
    return from;
  }

  #take(length: number): void {
    if (length < 0 || this.#at + length > this.#end) throw this.#refusal('it ends too early');
    this.#at += length;
  }

  #must(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw this.#refusal(`field ${this.field} has the wire type ${this.#wireType}, expected ${wireType}`);
  }

  #varint(): number {
    const first = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (first !== undefined && first < MORE) {
      this.#at += 1;
      return first;
    }
    const start = this.#at;
    let value = 0;
    let factor = 1;
    for (; this.#at - start < MAX_VARINT_BYTES; factor *= MORE) {
      const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
      if (byte === undefined) throw this.#refusal('it ends too early');
      this.#at += 1;
      value += (byte & SEVEN_BITS) * factor;
      if (byte < MORE) return this.#at - start < MAX_VARINT_BYTES ? value : this.#signed(start);
    }
    throw this.#refusal('a number has more than 64 bits');
  }

  /** Only numbers with the uppermost bit take ten bytes: negative ones. Their precision is worth the effort. */
  #signed(start: number): number {
    let value = 0n;
    for (let at = start; at < this.#at; at += 1) {
      value |= BigInt((this.#bytes[at] ?? 0) & SEVEN_BITS) << BigInt(7 * (at - start));
    }
    return Number(BigInt.asIntN(64, value));
  }

  #refusal(why: string): StateError {
    return new StateError('bad-request', `Cannot read the ${this.#what}: ${why}`);
  }
}
