/** Questions about labels, as people write them. */
import type { LabelQueries } from '../../protocol/resource.ts';
import { UsageError } from '../cli-error.ts';

type Query = LabelQueries[number];
type Term = Query[number];

const KEY = '([A-Za-z0-9._/-]+)';
const EXISTS = new RegExp(`^(!?)\\s*${KEY}$`);
const COMPARED = new RegExp(`^${KEY}\\s*(==|!=|<=|>=|=|<|>)\\s*(.*)$`, 's');
const IN_SET = new RegExp(`^${KEY}\\s+(in|notin)\\s*\\((.*)\\)$`, 's');
/** Numbers may have a unit: `10 KiB`, `4GB`. */
const NUMBER = /^-?\d+\s*([kmgtp]i?b?)?$/i;

/**
 * One query for each text, of which one must hold with all its terms: `app=web,tier!=db,env in (a,b),!old,size>=4GB`.
 * Undefined when there is none. Errors: UsageError.
 */
export function readSelectors(texts: readonly string[]): LabelQueries | undefined {
  return texts.length === 0 ? undefined : texts.map(readSelector);
}

function readSelector(text: string): Query {
  const terms = splitTerms(text).map((term) => term.trim());
  if (terms.some((term) => term === '')) throw unreadable(text, 'a term is empty');
  return terms.map((term) => readTerm(term, text));
}

/** At commas that stand in no brackets. */
function splitTerms(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}

function readTerm(term: string, text: string): Term {
  const [, not, existing] = EXISTS.exec(term) ?? [];
  if (existing !== undefined) return { key: existing, operation: 'exists', ...inverted(not === '!') };
  const [, among, how, list] = IN_SET.exec(term) ?? [];
  if (among !== undefined && list !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { key: among, operation: 'in', values, ...inverted(how === 'notin') };
  }
  const [, key, sign, value] = COMPARED.exec(term) ?? [];
  if (key === undefined || sign === undefined || value === undefined)
    throw unreadable(text, `"${term}" is no question`);
  if (sign.startsWith('=')) return { key, operation: 'equal', values: [value] };
  if (sign === '!=') return { key, operation: 'equal', values: [value], invert: true };
  // What is greater is not less or equal.
  const operation = sign === '<' || sign === '>=' ? 'lt' : 'lte';
  return {
    key,
    operation: NUMBER.test(value) ? `${operation}-numeric` : operation,
    values: [value],
    ...inverted(sign.startsWith('>')),
  };
}

function inverted(isInverted: boolean): { invert?: true } {
  return isInverted ? { invert: true } : {};
}

function unreadable(text: string, why: string): UsageError {
  return new UsageError(`Cannot read the labels "${text}": ${why}`, [
    'such as app=web,tier!=db,env in (a,b),!old,size>=4GB; of several -l any may hold',
  ]);
}
