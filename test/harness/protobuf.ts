// Reads what protocol buffers hold, by the numbers of the fields, without a library: what is tested is what another reads.

/** One field of a message as it stands there. */
export type Field =
  | { readonly type: 'number'; readonly value: bigint }
  | { readonly type: 'fixed'; readonly bytes: Buffer }
  | { readonly type: 'bytes'; readonly bytes: Buffer };

/** The fields of one message, by number; each may come several times. */
export class ProtobufMessage {
  readonly #fields = new Map<number, Field[]>();

  constructor(bytes: Buffer) {
    const reader = { bytes, at: 0 };
    while (reader.at < bytes.length) {
      const key = readVarint(reader);
      const number = Number(key >> 3n);
      this.#fields.set(number, [...(this.#fields.get(number) ?? []), readField(reader, Number(key & 7n))]);
    }
  }

  messages(number: number): ProtobufMessage[] {
    return this.bytes(number).map((bytes) => new ProtobufMessage(bytes));
  }

  bytes(number: number): Buffer[] {
    return (this.#fields.get(number) ?? []).map((field) => (field.type === 'number' ? Buffer.alloc(0) : field.bytes));
  }

  text(number: number): string | undefined {
    return this.bytes(number).at(-1)?.toString('utf8');
  }

  hex(number: number): string | undefined {
    return this.bytes(number).at(-1)?.toString('hex');
  }

  number(number: number): number | undefined {
    const field = this.#fields.get(number)?.at(-1);
    return field?.type === 'number' ? Number(field.value) : undefined;
  }

  fixed64(number: number): bigint | undefined {
    return this.bytes(number).at(-1)?.readBigUInt64LE();
  }

  double(number: number): number | undefined {
    return this.bytes(number).at(-1)?.readDoubleLE();
  }

  /** Eight bytes each, packed. */
  packed(number: number): Buffer[] {
    const [bytes = Buffer.alloc(0)] = this.bytes(number);
    return Array.from({ length: bytes.length / 8 }, (_, at) => bytes.subarray(at * 8, at * 8 + 8));
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

function readField(reader: Reader, wireType: number): Field {
  switch (wireType) {
    case 0:
      return { type: 'number', value: readVarint(reader) };
    case 1:
      return { type: 'fixed', bytes: take(reader, 8) };
    case 2:
      return { type: 'bytes', bytes: take(reader, Number(readVarint(reader))) };
    case 5:
      return { type: 'fixed', bytes: take(reader, 4) };
    default:
      throw new Error(`There is no wire type ${wireType}`);
  }
}

function readVarint(reader: Reader): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = take(reader, 1).readUInt8();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

function take(reader: Reader, length: number): Buffer {
  const bytes = reader.bytes.subarray(reader.at, reader.at + length);
  if (bytes.length < length) throw new Error('The message ends too early');
  reader.at += length;
  return bytes;
}
