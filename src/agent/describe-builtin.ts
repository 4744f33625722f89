import * as z from 'zod';
import type { Builtin, CommandDescription } from '../engine/builtin.ts';

/** How `command.list` and the documents show a built-in. */
export function describeBuiltin(builtin: Builtin): CommandDescription {
  const { name, summary } = builtin;
  let schema: unknown;
  return {
    name,
    sort: builtin.durable === true ? 'job' : 'call',
    summary,
    // Worked out when somebody asks: there are more than a hundred, and few agents are ever asked.
    get arguments() {
      return (schema ??= z.toJSONSchema(builtin.arguments ?? z.strictObject({}), {
        io: 'input',
        unrepresentable: 'any',
      }));
    },
  };
}
