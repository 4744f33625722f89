/** The middle of the values; the mean of the two middle ones when their number is even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[upper] ?? Number.NaN;
  return ((sorted[upper - 1] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}

/** The smallest value that at least `share` (0 to 1) of all values do not exceed. NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Median, smallest and largest of some values. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Each value divided by the one measured right after it. */
export function pairwiseRatios(ours: readonly number[], bare: readonly number[]): number[] {
  return ours.slice(0, bare.length).map((value, at) => value / (bare[at] ?? Number.NaN));
}

/** What each value is above the one measured right after it. */
export function pairwiseDifferences(ours: readonly number[], bare: readonly number[]): number[] {
  return ours.slice(0, bare.length).map((value, at) => value - (bare[at] ?? Number.NaN));
}
