import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

import type { Wrapping } from './stored-form.ts';
import { StateError } from './state-error.ts';

/** Never the first byte of what is not compressed, so both can be told apart. */
const MARK = 0x00;
const ZSTD = 'z'.charCodeAt(0);
const HEADER_BYTES = 2;

/** Smaller things gain nothing. */
const DEFAULT_LEAST_BYTES = 2_048;

/** A stored resource is never larger than this when it is unpacked. */
const LARGEST_BYTES = 64 * 1024 * 1024;

export interface CompressionOptions {
  /** What is smaller is left as it is. @default 2048 */
  readonly leastBytes?: number;
}

/** Packs by zstd what is large enough. Bytes that were stored without it can be read with it. */
export function compression({ leastBytes = DEFAULT_LEAST_BYTES }: CompressionOptions = {}): Wrapping {
  return {
    wrap: (bytes) => {
      if (bytes[0] === MARK) throw new TypeError('Cannot compress bytes that begin as compressed ones do');
      if (bytes.length < leastBytes) return bytes;
      const packed = zstdCompressSync(bytes);
      if (packed.length + HEADER_BYTES >= bytes.length) return bytes;
      return Buffer.concat([Buffer.from([MARK, ZSTD]), packed]);
    },
    unwrap: (bytes, name) => {
      if (bytes[0] !== MARK) return bytes;
      if (bytes[1] !== ZSTD) {
        throw new StateError('damaged', `Cannot read ${name}: it is packed in a way that is not known here`);
      }
      try {
        return zstdDecompressSync(bytes.subarray(HEADER_BYTES), { maxOutputLength: LARGEST_BYTES });
      } catch (error) {
        throw new StateError('damaged', `Cannot read ${name}: it can't be unpacked`, undefined, { cause: error });
      }
    },
  };
}
