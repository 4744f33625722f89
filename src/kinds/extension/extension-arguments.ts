/** The arguments of an extension's command, held against the parameters of its manifest. */
import * as z from 'zod';
import type { JsonValue } from '../../base/json.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import { describeIssues } from '../../protocol/command.ts';
import type { Command } from '../../protocol/command.ts';
import type { Extension } from './extension.ts';
import type { ParameterValues } from './fill-arguments.ts';
import { type Parameter, valueSchema } from './parameter.ts';

/** The values of a command's arguments, defaults filled in; null means absent. Errors: AgentError `bad-arguments`. */
export function parseExtensionArguments(extension: Extension, args: Command['args']): ParameterValues {
  const { name, parameters } = extension;
  const refuse = (why: string): never => {
    throw new AgentError('bad-arguments', `Cannot run "${name}": ${why}`);
  };
  const schema = argumentsSchema(parameters);
  const given = args ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) return refuse('its arguments are an object of parameters');
  const missing = [...parameters].find(([key, { required }]) => required && isAbsent(given, key));
  const parsed = schema.safeParse(given);
  // A key that was misspelt explains the one that is missing.
  const unknown = parsed.error?.issues.filter(({ code }) => code === 'unrecognized_keys') ?? [];
  if (unknown.length > 0) return refuse(describeIssues(new z.ZodError(unknown), schema));
  if (missing !== undefined) return refuse(`"${missing[0]}" is missing`);
  if (!parsed.success) return refuse(describeIssues(parsed.error, schema));
  const values = new Map<string, JsonValue>();
  for (const [key, parameter] of parameters) {
    const value = (parsed.data[key] ?? parameter.default) as JsonValue | undefined;
    if (value !== undefined && value !== null) values.set(key, value);
  }
  for (const group of extension.oneOf) {
    const chosen = group.filter((key) => values.has(key));
    if (chosen.length !== 1) refuse(`exactly one of ${quoted(group)} is wanted, not ${quoted(chosen) || 'none'}`);
  }
  return values;
}

/** JSON Schema of the arguments. */
export function argumentsJsonSchema({ parameters, oneOf }: Pick<Extension, 'parameters' | 'oneOf'>): unknown {
  const schema = z.toJSONSchema(argumentsSchema(parameters), { io: 'input', unrepresentable: 'any' });
  const choices = oneOf.map((group) => ({ oneOf: group.map((key) => ({ required: [key] })) }));
  return { ...schema, ...(choices.length === 1 ? choices[0] : choices.length === 0 ? {} : { allOf: choices }) };
}

type ArgumentsSchema = z.ZodObject<Record<string, z.ZodType>, z.core.$strict>;

/** Made when it is needed first: most extensions of an agent are never called. */
const schemas = new WeakMap<ReadonlyMap<string, Parameter>, ArgumentsSchema>();

function argumentsSchema(parameters: ReadonlyMap<string, Parameter>): ArgumentsSchema {
  const known = schemas.get(parameters);
  if (known !== undefined) return known;
  const shape = [...parameters].map(([name, parameter]): [string, z.ZodType] => {
    const { required, description, default: standard } = parameter;
    const value = valueSchema(parameter);
    const described = (required ? value : value.nullish()).meta({
      ...(description === undefined ? {} : { description }),
      ...(standard === undefined || standard === null ? {} : { default: standard }),
    });
    return [name, described];
  });
  const schema = z.strictObject(Object.fromEntries(shape));
  schemas.set(parameters, schema);
  return schema;
}

function isAbsent(given: object, key: string): boolean {
  const value: unknown = Object.hasOwn(given, key) ? (given as Record<string, unknown>)[key] : undefined;
  return value === undefined || value === null;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
