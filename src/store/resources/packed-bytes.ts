/** Many pieces of bytes as two values: a thread is given each buffer whole, and pieces often share one. */
export interface PackedBytes {
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

export function pack(pieces: readonly Uint8Array[]): PackedBytes {
  const lengths = pieces.map(({ byteLength }) => byteLength);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return { bytes, lengths };
}

/** Pieces that share the packed buffer. */
export function unpack({ bytes, lengths }: PackedBytes): Uint8Array[] {
  let at = 0;
  return lengths.map((length) => bytes.subarray(at, (at += length)));
}
