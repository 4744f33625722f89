import type {
  CreateNodeOptions,
  DocumentOptions,
  ParseOptions,
  SchemaOptions,
  ToJSOptions,
  ToStringOptions,
} from 'yaml';

import { StateError } from '../state/state-error.ts';

/** Turns a frozen spec into the YAML people read. */
export type YamlText = (spec: unknown) => string;

/** Both ways between specs and YAML. */
export interface SpecYaml {
  readonly text: YamlText;
  /** The value of a text. Errors: StateError `bad-request` of one that is too long, or can't be read. */
  readonly read: (text: string) => unknown;
}

const SCHEMA: SchemaOptions = { customTags: ['binary'] };
const WRITING: ToStringOptions & CreateNodeOptions & SchemaOptions = {
  ...SCHEMA,
  lineWidth: 0,
  aliasDuplicateObjects: false,
};
const READING: ParseOptions & DocumentOptions & SchemaOptions & ToJSOptions = {
  ...SCHEMA,
  maxAliasCount: 100,
  prettyErrors: false,
  logLevel: 'error',
};
/** Texts are read in one go, and everybody waits meanwhile. */
const MOST_CHARACTERS = 64 * 1024;

export async function loadYaml(): Promise<SpecYaml> {
  const { parse, stringify } = await import('yaml');
  // Specs are frozen, so the text of one is made once, and kept as long as it.
  const texts = new WeakMap<object, string>();
  return {
    text: (spec) => {
      if (typeof spec !== 'object' || spec === null) return stringify(spec, WRITING);
      const known = texts.get(spec);
      if (known !== undefined) return known;
      const text = stringify(spec, WRITING);
      texts.set(spec, text);
      return text;
    },
    read: (text) => {
      if (text.length > MOST_CHARACTERS) {
        throw unreadable(`it has ${text.length} characters, and ${MOST_CHARACTERS} are the most`);
      }
      try {
        return parse(text, plain, READING) as unknown;
      } catch (error) {
        throw unreadable(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** What a resource can hold: bytes as they are, and numbers that JSON has. */
function plain(key: unknown, value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`"${String(key)}" is ${value}`);
  return value;
}

function unreadable(why: string): StateError {
  return new StateError('bad-request', `Cannot read the YAML of a spec: ${why}`);
}
