/** Writes tar archives, good and hostile ones, as bytes. */

export interface TarPart {
  readonly name: string | Buffer;
  /** A file without it. */
  readonly type?: string;
  readonly link?: string | Buffer;
  readonly content?: string | Buffer;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: number;
  /** The size the header tells. Default: that of the content. */
  readonly size?: number | bigint;
  /** Records of pax before it. */
  readonly pax?: Readonly<Record<string, string | Buffer>>;
  /** Wrong on purpose. */
  readonly badChecksum?: true;
}

const BLOCK = 512;

/** A whole archive with its end. */
export function tar(...parts: readonly TarPart[]): Buffer {
  return Buffer.concat([...parts.map(entry), Buffer.alloc(2 * BLOCK)]);
}

/** One entry, with the headers it needs. */
export function entry(part: TarPart): Buffer {
  const { pax } = part;
  const before = pax === undefined ? [] : [header({ name: 'pax', type: 'x', content: paxRecords(pax) })];
  return Buffer.concat([...before, header(part)]);
}

/** Records as they stand in a header of pax. */
function paxRecords(records: Readonly<Record<string, string | Buffer>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
      let length = rest.length + 1;
      while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
      return Buffer.concat([Buffer.from(String(length)), rest]);
    }),
  );
}

function header(part: TarPart): Buffer {
  const {
    name,
    type = '0',
    link = '',
    content = '',
    mode = type === '5' ? 0o755 : 0o644,
    uid = 0,
    gid = 0,
    mtime = 0,
  } = part;
  const bytes = Buffer.from(content);
  const block = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(block, 0, 0, 100);
  octal(block, 100, 8, mode);
  octal(block, 108, 8, uid);
  octal(block, 116, 8, gid);
  size(block, BigInt(part.size ?? bytes.length));
  octal(block, 136, 12, mtime);
  block.write(type, 156, 'latin1');
  Buffer.from(link).copy(block, 157, 0, 100);
  block.write('ustar\0' + '00', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((all, byte) => all + byte, part.badChecksum === true ? 1 : 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([block, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);
}

function octal(block: Buffer, at: number, length: number, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

/** What eleven digits have no room for is written as bytes. */
function size(block: Buffer, value: bigint): void {
  if (value < 8n ** 11n) {
    octal(block, 124, 12, Number(value));
    return;
  }
  block[124] = 0x80;
  block.writeBigUInt64BE(value, 128);
}
