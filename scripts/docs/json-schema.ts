/** JSON Schemas of the wire, and what tables say of them. */
import * as z from 'zod';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** The schema of what is accepted, in the draft that most tools read. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _draft, ...content } = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema: part }) => leaveOutSafeRange(part),
  });
  return content;
}

/** zod says of every integer that it is a safe one: worth no word, all of JSON's are. */
function leaveOutSafeRange(schema: JsonSchema): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** One member of an object's schema, as a row shows it. */
export interface Member {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly defaultValue: unknown;
  readonly description: string;
}

export function membersOf(schema: JsonSchema): Member[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const member: JsonSchema = typeof property === 'object' ? property : {};
    return {
      name,
      type: typeOf(member),
      required: required.has(name),
      defaultValue: member.default,
      description: descriptionOf(member),
    };
  });
}

/** A type for people: `integer 1 to 1000`, `"start" or "now" or integer`, `list of text`. */
function typeOf(schema: JsonSchema | boolean): string {
  if (typeof schema === 'boolean') return schema ? 'any JSON' : 'nothing';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return oneOf(choices.map((choice) => typeOf(choice)));
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? 'any JSON' : oneOf(types.map((type) => simpleType(type, schema)));
}

function oneOf(names: readonly string[]): string {
  return [...new Set(names.filter((name) => name !== 'null' && name !== ''))].join(' or ');
}

function simpleType(type: string, schema: JsonSchema): string {
  switch (type) {
    case 'array':
      return Array.isArray(schema.items)
        ? `[${schema.items.map((item) => typeOf(item)).join(', ')}]`
        : `list of ${typeOf(schema.items ?? true)}`;
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return type + range(schema);
    case 'object': {
      const names = membersOf(schema).map(({ name, required }) => (required ? name : `${name}?`));
      return names.length === 0 ? type : `{ ${names.join(', ')} }`;
    }
    default:
      return type;
  }
}

/** A description stays on the inner schema when what wraps it has none. */
function descriptionOf(schema: JsonSchema): string {
  const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const described = [schema, ...inner].find((part) => part.description !== undefined);
  return described?.description ?? '';
}

function range({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` ≥ ${minimum}`;
  return maximum === undefined ? '' : ` ≤ ${maximum}`;
}
