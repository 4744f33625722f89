/** The same bytes in pieces of at most `most`, each as large as whole chunks make it. A chunk that is larger itself is cut. */
export async function* gather(chunks: AsyncIterable<Buffer>, most: number): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    if (length > 0 && length + chunk.length > most) {
      yield Buffer.concat(waiting);
      [waiting, length] = [[], 0];
    }
    for (let at = 0; at < chunk.length; at += most) {
      const piece = chunk.subarray(at, at + most);
      if (piece.length === most) yield piece;
      else {
        waiting.push(piece);
        length += piece.length;
      }
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}
