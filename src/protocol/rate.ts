/** How many runs a queue may start in a time: `10/s`, `90/m`, `1.5/h`. */
import * as z from 'zod';

/** Starts in a time, in milliseconds. */
export interface Rate {
  readonly starts: number;
  readonly perMs: number;
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 } as const;
const PATTERN = /^(\d{1,7}(?:\.\d{1,3})?)\/([smh])$/;
/** The most a rate may be: a million starts in a second. */
const MOST_PER_MS = 1000;

/** A rate as it is written. */
export const RateText = z.string().refine((text) => parseRate(text) !== undefined, {
  error: 'expected starts per second, minute or hour, such as "10/s", "90/m" or "1.5/h"',
});

/** Reads a rate; undefined for what is none, and for one of nothing. */
export function parseRate(text: string): Rate | undefined {
  const [, starts, unit] = PATTERN.exec(text) ?? [];
  if (starts === undefined || unit === undefined) return undefined;
  const rate = { starts: Number(starts), perMs: UNITS[unit as keyof typeof UNITS] };
  return rate.starts > 0 && rate.starts / rate.perMs <= MOST_PER_MS ? rate : undefined;
}

/** A rate as {@link parseRate} reads it. */
export function writeRate({ starts, perMs }: Rate): string {
  const unit = Object.entries(UNITS).find(([, ms]) => ms === perMs)?.[0] ?? 's';
  return `${starts}/${unit}`;
}
