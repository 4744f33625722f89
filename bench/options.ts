/** What the command line asks for. */
export interface BenchOptions {
  /** Names of rows; none means everything. */
  readonly rows: readonly string[];
  readonly quick: boolean;
  /** Flags of Node for every agent: to see what they would change. */
  readonly nodeFlags: readonly string[];
  /** Where the report goes; none means that it is only shown. */
  readonly out: string | undefined;
}

/** Extra parts of a whole run beside the rows, asked for by these names. */
export const PARTS = ['store', 'profile'] as const;

export const USAGE = `Usage: npm run bench -- [ROW…] [--quick] [--out FILE] [--node-flags FLAGS]

Measures every row, or those named, and shows them beside their bare figures. A whole run that is not quick writes
bench/results.md; --out writes the report of any run elsewhere. --quick takes tiny sizes, to see that all works.
--node-flags gives agents flags of Node, separated by spaces; such a run never writes bench/results.md by itself.`;

/** Reads the arguments. Throws a RangeError that names what is wrong. */
export function readOptions(args: readonly string[], known: readonly string[], resultsFile: string): BenchOptions {
  const rows: string[] = [];
  let quick = false;
  let out: string | undefined;
  let nodeFlags: readonly string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--quick') quick = true;
    else if (word === '--out') {
      out = rest.shift();
      if (out === undefined) throw new RangeError('--out needs a file');
    } else if (word === '--node-flags') nodeFlags = (rest.shift() ?? '').split(' ').filter(Boolean);
    else if (known.includes(word)) rows.push(word);
    else throw new RangeError(`"${word}" is no row; there are ${known.join(', ')}`);
  }
  const isWhole = !quick && rows.length === 0 && nodeFlags.length === 0;
  return { rows, quick, nodeFlags, out: out ?? (isWhole ? resultsFile : undefined) };
}
