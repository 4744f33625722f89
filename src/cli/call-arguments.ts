/** The arguments of a built-in as they are written on a command line. */
import { parseJson } from '../base/json.ts';
import { UsageError } from './cli-error.ts';

/** What is known of the type of each argument: JSON Schema. */
export interface ArgumentsSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

const PAIR = /^([a-z_][a-z0-9_.-]*)=(.*)$/is;

/**
 * One JSON object, or `KEY=VALUE` words. A value is a text where the argument is one, else JSON where it can be read as
 * that. No words: no arguments. Errors: UsageError.
 */
export function readCallArguments(words: readonly string[], schema: ArgumentsSchema): unknown {
  const [first] = words;
  if (first === undefined) return undefined;
  if (words.length === 1 && !PAIR.test(first)) return readObject(first);
  const pairs = words.map((word): [string, unknown] => {
    const [, key, text] = PAIR.exec(word) ?? [];
    if (key === undefined || text === undefined) {
      throw new UsageError(`Cannot read the argument "${word}": one JSON object or KEY=VALUE words are wanted`);
    }
    return [key, readValue(text, schema.properties?.[key])];
  });
  return Object.fromEntries(pairs);
}

function readObject(text: string): unknown {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`Cannot read the arguments: ${parsed.message.replace('Cannot read JSON: ', '')}`);
}

function readValue(text: string, schema: unknown): unknown {
  if (typesOf(schema).includes('string')) return text;
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : text;
}

/** Every type a value may have. */
function typesOf(schema: unknown): readonly string[] {
  const { type, anyOf = [] } = (schema ?? {}) as { type?: string | string[]; anyOf?: unknown[] };
  return [...(type === undefined ? [] : [type].flat()), ...anyOf.flatMap(typesOf)];
}
