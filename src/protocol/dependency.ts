/** What a job may wait for: that other jobs have come so far. */
import * as z from 'zod';
import { JobId } from './job-id.ts';
import { MAX_AFTER } from './limits.ts';

export const CONDITIONS = ['success', 'done', 'started'] as const;
/** How far another job must have come: it ended with state SUCCESS, it ended however, or a run of it started. */
export type Condition = (typeof CONDITIONS)[number];

/** One job another one waits for. */
export interface Dependency {
  readonly id: string;
  readonly condition: Condition;
}

const DEFAULT_CONDITION: Condition = 'success';

/** `after` of a command, as on the wire. */
export const WireAfter = z
  .array(
    z.union(
      [
        JobId.describe('Id of the job.'),
        z.strictObject({
          id: JobId.describe('Id of the job.'),
          condition: z
            .enum(CONDITIONS)
            .nullish()
            .describe('`success`: it ended with state SUCCESS. `done`: it ended. `started`: a run of it began.'),
        }),
      ],
      {
        error: `it must be a job's id, or {"id", "condition"}, where the condition is one of ${CONDITIONS.join(', ')}`,
      },
    ),
  )
  .max(MAX_AFTER);
export type WireAfter = z.infer<typeof WireAfter>;

const NONE: readonly Dependency[] = [];

/** From the wire; what is named twice is kept once. */
export function readAfter(wire: WireAfter | null | undefined): readonly Dependency[] {
  if (wire === null || wire === undefined || wire.length === 0) return NONE;
  const known = new Map<string, Dependency>();
  for (const entry of wire) {
    const { id, condition } = typeof entry === 'string' ? { id: entry, condition: undefined } : entry;
    const dependency = { id, condition: condition ?? DEFAULT_CONDITION };
    known.set(`${dependency.condition} ${id}`, dependency);
  }
  return [...known.values()];
}

/** To the wire, the shortest way; undefined for none. */
export function writeAfter(after: readonly Dependency[]): WireAfter | undefined {
  if (after.length === 0) return undefined;
  return after.map(({ id, condition }) => (condition === DEFAULT_CONDITION ? id : { id, condition }));
}
