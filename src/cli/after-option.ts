import { CONDITIONS } from '../protocol/dependency.ts';
import type { Condition } from '../protocol/dependency.ts';
import type { OptionSpecs } from './cli-command.ts';

/** How a command is told which jobs its job waits for. */
export const AFTER_OPTION = {
  after: {
    type: 'text',
    value: 'ID[:CONDITION]',
    multiple: true,
    summary: 'wait until this job has succeeded, or is "done" (however it ended) or "started"; never run if it can not',
  },
} as const satisfies OptionSpecs;

/** A job's id may have a colon in it: only what ends like a condition is one. */
export function readAfterOption(text: string): { readonly id: string; readonly condition?: Condition } {
  const colon = text.lastIndexOf(':');
  const condition = CONDITIONS.find((known) => known === text.slice(colon + 1));
  return colon < 1 || condition === undefined ? { id: text } : { id: text.slice(0, colon), condition };
}
