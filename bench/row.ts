// What a row of the benchmark is. One file per row under rows/, all of the same shape; rows.ts lists them.
import type { Stage } from './stage.ts';

/** What a figure has to reach: as a share of its bare figure, by what it is above it, or by itself. */
export type Target =
  | { readonly of: 'ratio'; readonly atLeast: number }
  | { readonly of: 'ratio'; readonly atMost: number }
  | { readonly of: 'difference'; readonly atMost: number }
  | { readonly of: 'value'; readonly atLeast: number }
  | { readonly of: 'value'; readonly atMost: number };

/** One number a row measures each round. */
export interface Figure {
  /** Its key in a {@link Sample}. */
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  /** None: told beside the others, without a verdict. */
  readonly target?: Target;
  /** It says the same on a machine that others use: it counts, it does not time. Its worst round is what it is judged by. */
  readonly isCount?: true;
  /** The same figure elsewhere, measured on another day: for orientation only. */
  readonly peers?: string;
}

/** What one round measured, by the keys of the figures. */
export type Sample = Readonly<Record<string, number>>;

export interface Row {
  /** Its name on the command line. */
  readonly name: string;
  /** What is done, in one sentence. */
  readonly does: string;
  /** What the bare figure is; none when there is nothing to compare with. */
  readonly bare?: string;
  readonly figures: readonly Figure[];
  /** Rounds that count. @default 5 */
  readonly rounds?: number;
  /** Whether a round that does not count goes before them. @default true */
  readonly warmUp?: boolean;
  /** What readers have to know about the figures. */
  readonly note?: string;
  /** Starts what the rounds need. */
  open(stage: Stage): Promise<Trial>;
}

/** A row being measured. The bare figure is missing where it cannot be had on this machine. */
export interface Trial extends AsyncDisposable {
  ours(): Promise<Sample>;
  bare?(): Promise<Sample>;
  /** What came up while it was measured. */
  remarks?(): readonly string[];
}
