/** A file of one run's records. Its name says where it begins, so a listing is an index. */
export interface Segment {
  readonly name: string;
  /** Position of its first byte. */
  readonly start: number;
  readonly run: number;
  /** Bytes of the file that count. */
  size: number;
}

const NAME = /^(\d{16})-(\d{1,10})\.out$/;

/** The name of the segment of `run` that begins at position `start`; names sort as positions do. */
export function segmentName(start: number, run: number): string {
  return `${String(start).padStart(16, '0')}-${String(run)}.out`;
}

/** The segments among files of a directory, in order of position, then run. Other files are ignored. */
export function segmentsAmong(files: readonly { readonly name: string; readonly size: number }[]): Segment[] {
  return files
    .flatMap(({ name, size }) => {
      const [, start, run] = NAME.exec(name) ?? [];
      return start === undefined || run === undefined ? [] : [{ name, start: Number(start), run: Number(run), size }];
    })
    .sort((one, other) => one.start - other.start || one.run - other.run);
}
