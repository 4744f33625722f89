/** Arguments of a command as words of the command line: `key=value`, and `key:=JSON` for what is no text. */
import { parseJson } from '../../base/json.ts';
import { UsageError } from '../cli-error.ts';

/**
 * The arguments that words ask for. What a text means is told by the JSON Schema of the command: a number, true or
 * false; a list has one word for each item. A text that does not fit stays one, for the agent to refuse.
 *
 * Errors: UsageError for a word that is none, a name that comes twice, and JSON that can't be read.
 */
export function argumentsOfWords(words: readonly string[], schema: unknown): Record<string, unknown> {
  const properties = memberOf(schema, 'properties');
  const args = new Map<string, unknown>();
  for (const word of words) {
    const [, name = '', mark, text = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(word) ?? [];
    if (mark === undefined) throw new UsageError(`Cannot read "${word}": key=value or key:=JSON is wanted`);
    const property = memberOf(properties, name);
    const isList = mark === '=' && typesOf(property).includes('array');
    if (isList) {
      const item = valueOfText(text, itemsOf(property));
      args.set(name, [...((args.get(name) ?? []) as unknown[]), item]);
    } else if (args.has(name)) throw new UsageError(`Cannot read the command line: "${name}" stands twice`);
    else args.set(name, mark === '=' ? valueOfText(text, property) : valueOfJson(name, text));
  }
  return Object.fromEntries(args);
}

function valueOfText(text: string, property: unknown): unknown {
  const choice = alternatives(property)
    .flatMap((alternative) => memberOf(alternative, 'enum') ?? memberOf(alternative, 'const') ?? [])
    .find((value) => JSON.stringify(value) === text || value === text);
  if (choice !== undefined) return choice;
  const types = typesOf(property);
  if (types.includes('string')) return text;
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  const isNumber = types.some((type) => type === 'number' || type === 'integer');
  if (isNumber && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const json = types.includes('object') ? parseJson(text) : undefined;
  return json?.ok === true ? json.value : text;
}

function valueOfJson(name: string, text: string): unknown {
  const json = parseJson(text);
  if (json.ok) return json.value;
  throw new UsageError(`Cannot read "${name}": ${json.message}`);
}

function typesOf(property: unknown): unknown[] {
  return alternatives(property).flatMap((alternative) => memberOf(alternative, 'type') ?? []);
}

function itemsOf(property: unknown): unknown {
  return alternatives(property)
    .map((alternative) => memberOf(alternative, 'items'))
    .find((items) => items !== undefined);
}

/** A schema, and those of which it says that one has to fit. */
function alternatives(property: unknown): unknown[] {
  const inner = memberOf(property, 'anyOf');
  return [property, ...(Array.isArray(inner) ? (inner as unknown[]) : [])];
}

function memberOf(value: unknown, name: string): unknown {
  const isTable = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isTable ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
