import { RE2JS } from 're2js';

import { checkLabelQueries, type LabelQuery, matchesLabels } from './label-query.ts';
import type { Resource } from './resource.ts';
import { StateError } from './state-error.ts';

/** Which resources of a kind are meant. */
export interface Query {
  /** Any of these. @default all */
  readonly labels?: readonly LabelQuery[] | undefined;
  /** A regular expression (RE2) that is found somewhere in the id. @default all */
  readonly id?: string | undefined;
}

/** Longer expressions are refused. */
const LONGEST_PATTERN = 4_096;
/** So are those whose program is longer: a match takes as many steps for each character of an id. */
const LARGEST_PROGRAM = 2_000;

/**
 * A query made ready to be asked many times. Undefined when everything matches.
 *
 * Errors: StateError `bad-request` for an expression that can't be read, or a term without a value.
 */
export function compileQuery({ labels = [], id = '' }: Query): ((resource: Resource) => boolean) | undefined {
  checkLabelQueries(labels);
  const pattern = id === '' ? undefined : compilePattern(id);
  if (pattern === undefined && labels.length === 0) return undefined;
  return ({ metadata }) =>
    matchesLabels(labels, metadata.labels) && (pattern === undefined || pattern.matcher(metadata.id).find());
}

/** An engine whose time grows with the text only, so that no pattern holds up others. */
function compilePattern(text: string): RE2JS {
  if (text.length > LONGEST_PATTERN) {
    throw new StateError('bad-request', `Cannot ask for ids: an expression has at most ${LONGEST_PATTERN} characters`);
  }
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(text);
  } catch (error) {
    throw new StateError('bad-request', `Cannot ask for ids by "${text}": ${String(error)}`, undefined, {
      cause: error,
    });
  }
  if (pattern.programSize() <= LARGEST_PROGRAM) return pattern;
  throw new StateError('bad-request', `Cannot ask for ids by "${text}": its repetitions come to too much`);
}
