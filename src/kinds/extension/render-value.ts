import type { JsonValue } from '../../base/json.ts';

/** A value as a program reads it: a text as it is, a number without exponent, `true`, `false`, the rest as JSON. */
export function renderValue(value: JsonValue): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? plainNumber(value) : JSON.stringify(value);
}

/** All digits of a number: `1000000000000000000000`, `0.0000001`. */
function plainNumber(value: number): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', exponent] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : sign + digits.padEnd(point, '0');
}
