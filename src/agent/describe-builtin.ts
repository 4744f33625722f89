import * as z from 'zod';
import type { Builtin, CommandDescription } from '../engine/builtin.ts';

/** How `command.list` and the documents show a built-in. */
export function describeBuiltin(builtin: Builtin): CommandDescription {
  return {
    name: builtin.name,
    sort: builtin.durable === true ? 'job' : 'call',
    summary: builtin.summary,
    arguments: z.toJSONSchema(builtin.arguments ?? z.strictObject({}), { io: 'input', unrepresentable: 'any' }),
  };
}
