/** Questions about labels. A list of queries asks for any of them, a query for all of its terms; none ask for nothing. */
import { StateError } from './state-error.ts';

/** Texts are compared by their bytes. Numbers may have a unit: `10 KiB`, `4GB`. */
export type LabelOperation = 'exists' | 'equal' | 'in' | 'lt' | 'lte' | 'lt-numeric' | 'lte-numeric';

export interface LabelTerm {
  readonly key: string;
  readonly operation: LabelOperation;
  /** What it is compared with: the first one, or any for `in`. @default none */
  readonly values?: readonly string[];
  /** @default false */
  readonly invert?: boolean;
}

export type LabelQuery = readonly LabelTerm[];

type Labels = Readonly<Record<string, string>>;

/** Errors: StateError `bad-request` for a term that compares with nothing. */
export function checkLabelQueries(queries: readonly LabelQuery[]): void {
  for (const { key, operation, values = [] } of queries.flat()) {
    if (values.length > 0 || operation === 'exists' || operation === 'in') continue;
    throw new StateError(
      'bad-request',
      `Cannot ask for the label "${key}": "${operation}" compares with a value, and none is given`,
    );
  }
}

export function matchesLabels(queries: readonly LabelQuery[], labels: Labels): boolean {
  return queries.length === 0 || queries.some((terms) => terms.every((term) => matchesTerm(term, labels)));
}

function matchesTerm({ key, operation, values = [], invert = false }: LabelTerm, labels: Labels): boolean {
  const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operation === 'exists') return (label !== undefined) !== invert;
  if (operation === 'equal' || operation === 'in') {
    const asked = operation === 'equal' ? values.slice(0, 1) : values;
    return (label !== undefined && asked.includes(label)) !== invert;
  }
  // Nothing can be said of how a missing label compares, nor of the opposite.
  if (label === undefined) return false;
  const [value] = values;
  if (value === undefined) return invert;
  const answer = compares(operation, label, value);
  return answer !== undefined && answer !== invert;
}

/** Undefined when the two can't be compared. */
function compares(
  operation: 'lt' | 'lte' | 'lt-numeric' | 'lte-numeric',
  label: string,
  value: string,
): boolean | undefined {
  if (operation === 'lt') return compareBytes(label, value) < 0;
  if (operation === 'lte') return compareBytes(label, value) <= 0;
  const [one, other] = [numberOf(label), numberOf(value)];
  if (one === undefined || other === undefined) return undefined;
  return operation === 'lt-numeric' ? one < other : one <= other;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['pi', 2n ** 50n],
  ['ti', 2n ** 40n],
  ['gi', 2n ** 30n],
  ['mi', 2n ** 20n],
  ['ki', 2n ** 10n],
  ['p', 10n ** 15n],
  ['t', 10n ** 12n],
  ['g', 10n ** 9n],
  ['m', 10n ** 6n],
  ['k', 10n ** 3n],
];

/** A whole number with a unit or without; undefined when a text is none. */
function numberOf(text: string): bigint | undefined {
  const found = /^(-?\d+)\s*([a-z].*)?$/s.exec(text.trim().toLowerCase());
  if (found?.[1] === undefined) return undefined;
  const unit = found[2] ?? '';
  const factor = unit === '' ? 1n : UNITS.find(([prefix]) => unit.startsWith(prefix))?.[1];
  return factor === undefined ? undefined : BigInt(found[1]) * factor;
}

/** The order of the bytes of UTF-8, which is not that of JavaScript. */
export function compareBytes(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const [unit, against] = [one.charCodeAt(at), other.charCodeAt(at)];
    if (unit !== against) return rank(unit) - rank(against);
  }
  return one.length - other.length;
}

/** Halves of characters beyond 16 bits stand behind all that fit in them. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
