const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const PLAIN_BARS = ['_', '.', '-', ':', '=', '+', '*', '#'];

/** Values as a line of bars, one each: from 0 to the highest of them, or to `least` when that is more. */
export function sparkline(
  values: readonly number[],
  { least = 0, unicode }: { readonly least?: number; readonly unicode: boolean },
): string {
  const bars = unicode ? BARS : PLAIN_BARS;
  const highest = Math.max(least, ...values);
  return values
    .map((value) => {
      const share = highest <= 0 ? 0 : Math.max(0, value) / highest;
      return bars[Math.min(bars.length - 1, Math.floor(share * bars.length))] ?? '';
    })
    .join('');
}
