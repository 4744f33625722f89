import type { Spread } from '../figures/statistics.ts';
import type { Target } from '../row.ts';

/** A number with three digits that count, thousands apart: 1,650 · 84.3 · 0.45. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `0.47 [0.45–0.49]`; the bounds are left out when they are the median. */
export function shortSpread({ median, min, max }: Spread): string {
  const [middle, low, high] = [median, min, max].map(shortNumber);
  return low === high ? (middle ?? '') : `${middle} [${low}–${high}]`;
}

/** `≥ 0.45 × bare`, `≤ bare + 10 ms`, `≤ 20 ms`. */
export function shortTarget(target: Target | undefined, unit: string): string {
  if (target === undefined) return '–';
  if (target.of === 'difference') return `≤ bare + ${shortNumber(target.atMost)} ${unit}`;
  const bound = 'atLeast' in target ? `≥ ${shortNumber(target.atLeast)}` : `≤ ${shortNumber(target.atMost)}`;
  return target.of === 'ratio' ? `${bound} × bare` : `${bound} ${unit}`;
}
