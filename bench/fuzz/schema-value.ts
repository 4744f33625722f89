import type { Names } from './names.ts';
import type { Random } from './random.ts';

/** What is used of JSON Schema, as `command.list` shows it. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

const OPTIONAL = 0.4;
const LARGEST = 1000;

/** A value a schema allows, mostly: members with a meaning get a name that exists. */
export function schemaValue(random: Random, schema: Schema, names: Names, member = ''): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return random.pick(schema.enum);
  if (schema.anyOf !== undefined) return schemaValue(random, random.pick(schema.anyOf), names, member);
  switch (schema.type) {
    case 'object':
      return objectValue(random, schema, names);
    case 'array':
      return random.list(random.below(4), () => schemaValue(random, schema.items ?? {}, names, member));
    case 'integer':
    case 'number':
      return numberValue(random, schema, member);
    case 'boolean':
      return random.chance(0.5);
    case 'null':
      return null;
    case 'string':
      return schema.format === 'base64'
        ? random.bytes(random.below(30)).toString('base64')
        : names.text(random, member);
    default:
      return names.text(random, member);
  }
}

function objectValue(random: Random, { properties = {}, required = [] }: Schema, names: Names): object {
  const wanted = Object.entries(properties).filter(([name]) => required.includes(name) || random.chance(OPTIONAL));
  return Object.fromEntries(wanted.map(([name, schema]) => [name, schemaValue(random, schema, names, name)]));
}

function numberValue(random: Random, { type, minimum = 0, maximum }: Schema, member: string): number {
  if (member === 'handle') return random.between(1, 40);
  const most = maximum ?? LARGEST;
  const value = random.weighted<() => number>([
    [6, () => random.between(minimum, Math.min(most, minimum + 20))],
    [2, () => random.between(minimum, Math.min(most, Number.MAX_SAFE_INTEGER))],
    [1, () => minimum],
    [1, () => most],
  ])();
  return type === 'number' && random.chance(0.3) ? value / 1000 : value;
}
