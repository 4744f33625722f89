/** Bytes as people write them in a configuration. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)$/;

/** Bytes of `512 B`, `64 MiB`, `1.5GiB`; undefined when it is no such text, or no whole number of bytes. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Number(amount) * 1024 ** UNITS.findIndex((name) => name === unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that {@link parseByteSize} reads as exactly these bytes. */
export function exactByteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value} ${UNITS[unit] ?? 'B'}`;
}
