/** The parameters of an extension: what a manifest says of one, and what of it a caller's value must fit. */
import { RE2JS } from 're2js';
import * as z from 'zod';
import type { JsonValue } from '../../base/json.ts';
import { errorMessage } from '../../protocol/agent-error.ts';

const PARAMETER_TYPES = ['string', 'integer', 'number', 'boolean', 'list', 'path', 'object'] as const;

const Scalar = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text, a number, true or false' });

/** One parameter, as a manifest has it. */
export const Parameter = z
  .strictObject({
    type: z
      .enum(PARAMETER_TYPES)
      .default('string')
      .describe('What values fit. A `path` that begins with "-" is given as "./-…", so that it is never an option.'),
    required: z.boolean().default(false).describe('Refuse commands without it.'),
    default: z
      .unknown()
      .optional()
      .describe('Taken when the command has none. Default: what it stands in is left out.'),
    enum: z.array(Scalar).min(1).max(1000).optional().describe('The only values there are; of a list: items.'),
    pattern: z
      .string()
      .max(1000)
      .optional()
      .describe('What the whole text must match, in RE2 syntax; of a list: each item.'),
    description: z.string().max(2000).optional().describe('One sentence, for `command.list`.'),
  })
  .check(({ value, issues }) => {
    const trouble = troubleOf(value);
    if (trouble !== undefined) issues.push({ code: 'custom', message: trouble, input: value, path: [] });
  });
export type Parameter = z.infer<typeof Parameter>;

/** What of a parameter a template may have to be told: a list stands for several texts. */
export function isList({ type }: Parameter): boolean {
  return type === 'list';
}

/** The schema of a parameter's values; null and missing are the business of who asks. */
export function valueSchema(parameter: Parameter): z.ZodType<JsonValue> {
  const item = itemSchema(parameter);
  const schema = isList(parameter) ? z.array(item).max(10_000) : item;
  return schema as z.ZodType<JsonValue>;
}

const Text = z.string().refine((text) => !text.includes('\0'), 'must not contain NUL');

/** As it is: a record would leave out the key `__proto__`. */
const AnyObject = z
  .unknown()
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'expected an object',
    abort: true,
  })
  .meta({ type: 'object' });

const ListItem = z.union([Text, z.number(), z.boolean(), AnyObject, z.array(z.unknown())], {
  error: 'expected a text without NUL, a number, true, false, an object or a list',
});

const SCHEMAS: Readonly<Record<Parameter['type'], z.ZodType>> = {
  string: Text,
  path: Text.min(1),
  integer: z.int(),
  number: z.number(),
  boolean: z.boolean(),
  list: ListItem,
  object: AnyObject,
};

function itemSchema({ type, enum: values, pattern }: Parameter): z.ZodType {
  const base = values === undefined ? SCHEMAS[type] : z.literal(values);
  if (pattern === undefined) return base;
  const compiled = RE2JS.compile(pattern);
  return base
    .refine((value) => typeof value !== 'string' || compiled.matches(value), `must match ${pattern}`)
    .meta({ pattern: `^(?:${pattern})$` });
}

/** What no single key of a parameter can tell. */
function troubleOf(parameter: Parameter): string | undefined {
  const { type, required, default: standard, enum: values, pattern } = parameter;
  const isText = type === 'string' || type === 'path' || type === 'list';
  if (pattern !== undefined && !isText) return `"pattern" is for texts and lists, this is "${type}"`;
  if (pattern !== undefined && patternTrouble(pattern) !== undefined) {
    return `"pattern" can't be read: ${patternTrouble(pattern) ?? ''}`;
  }
  const wrong = values?.find((value) => !SCHEMAS[type].safeParse(value).success);
  if (wrong !== undefined) return `"enum" holds ${JSON.stringify(wrong)}, which is no "${type}"`;
  if (standard === undefined || standard === null) return undefined;
  if (required) return '"required" and "default" contradict each other';
  const fits = valueSchema(parameter).safeParse(standard);
  return fits.success ? undefined : `"default" does not fit: ${fits.error.issues[0]?.message ?? ''}`;
}

function patternTrouble(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
