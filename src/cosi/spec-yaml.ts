import type { CreateNodeOptions, SchemaOptions, ToStringOptions } from 'yaml';

/** Turns a frozen spec into the YAML people read. */
export type YamlText = (spec: unknown) => string;

const OPTIONS: ToStringOptions & CreateNodeOptions & SchemaOptions = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  customTags: ['binary'],
};

export async function loadYaml(): Promise<YamlText> {
  const { stringify } = await import('yaml');
  // Specs are frozen, so the text of one is made once, and kept as long as it.
  const texts = new WeakMap<object, string>();
  return (spec) => {
    if (typeof spec !== 'object' || spec === null) return stringify(spec, OPTIONS);
    const known = texts.get(spec);
    if (known !== undefined) return known;
    const text = stringify(spec, OPTIONS);
    texts.set(spec, text);
    return text;
  };
}
