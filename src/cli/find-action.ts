import { nearestName } from '../base/nearest-name.ts';
import { UsageError } from './cli-error.ts';

/** The action a word of the command line names. Errors: UsageError with the nearest, or all of them. */
export function findAction<const Action extends string>(actions: readonly Action[], word: string): Action {
  const action = actions.find((candidate) => candidate === word);
  if (action !== undefined) return action;
  const nearest = nearestName(word, actions);
  const hint = nearest === undefined ? `one of ${actions.join(', ')} is wanted` : `did you mean "${nearest}"?`;
  throw new UsageError(`Cannot read the command line: unknown action "${word}", ${hint}`);
}
