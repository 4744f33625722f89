/** The page of all built-ins: arguments, errors, one example each. */
import type * as z from 'zod';
import { builtins } from '../../builtins/index.ts';
import type { Builtin } from '../../src/engine/builtin.ts';
import { ERROR_CODES } from '../../src/protocol/error-codes.ts';
import { jsonSchema, membersOf } from './json-schema.ts';
import { SYSTEM_COMMAND, SystemArguments } from '../../src/kinds/system/system-arguments.ts';
import { EXAMPLE_RESULT } from '../../builtins/job/example-result.ts';
import { code, json, page, table } from './markdown.ts';

/** A command of another kind than a function. */
const SYSTEM: Builtin = {
  ...SYSTEM_COMMAND,
  arguments: SystemArguments,
  durable: true,
  example: { arguments: { name: 'tar', args: ['-c', '/data'], env: { LANG: 'C' } }, data: EXAMPLE_RESULT },
  run: () => undefined,
};

const COMMANDS: readonly Builtin[] = [SYSTEM, ...builtins];

export function builtinsPage(): string {
  return page(
    'Commands',
    '`core.system` makes a job, and its answer is the job’s result. The others are functions answered at once; the answer is the `data` of the result, as JSON. Times are seconds. ' +
      'Every one refuses arguments that do not fit with `bad-arguments` (400).',
    table(
      ['command', 'does'],
      COMMANDS.map(({ name, summary }) => [`[${code(name)}](#${anchor(name)})`, summary]),
    ),
    ...COMMANDS.flatMap(section),
  );
}

function section({ name, summary, arguments: schema, durable, errors = [], example }: Builtin): string[] {
  return [
    `## ${name}`,
    durable === true ? `${summary} Kept as a job.` : summary,
    schema === undefined ? 'No arguments.' : argumentsTable(schema),
    ...(errors.length === 0
      ? []
      : [`Errors: ${errors.map((error) => `${code(error)} (${ERROR_CODES[error].number})`).join(', ')}.`]),
    ...(example === undefined
      ? []
      : [
          json({ command: name, ...(example.arguments === undefined ? {} : { arguments: example.arguments }) }),
          'answers',
          json(example.data),
        ]),
  ];
}

function argumentsTable(schema: z.ZodType): string {
  return table(
    ['argument', 'type', 'meaning'],
    membersOf(jsonSchema(schema)).map(({ name, type, required, description }) => [
      code(required ? name : `${name}?`),
      type,
      description,
    ]),
  );
}

function anchor(name: string): string {
  return name.replaceAll('.', '');
}
