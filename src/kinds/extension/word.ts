/** One word of a command line as far as it is known before anybody calls it. */
import type { ArgumentTemplate } from './extension.ts';
import { isList, type Parameter } from './parameter.ts';
import { namesIn, type Template } from './template.ts';

export interface Word {
  /** Its text up to the first value. */
  readonly head: string;
  /** Holds no value at all. */
  readonly isLiteral: boolean;
  /** Holds a value that a caller may choose freely; numbers and booleans can do no harm. */
  readonly hasCallersText: boolean;
  /** Begins with such a value, so that it may turn out to begin with "-". */
  readonly isOpen: boolean;
  /** May be left out, so that the next word takes its place. */
  readonly isOptional: boolean;
  /** Where it stands in the manifest, and how it is written there. */
  readonly place: string;
  readonly source: string;
}

export function literalWord(text: string, place: string): Word {
  return {
    head: text,
    isLiteral: true,
    hasCallersText: false,
    isOpen: false,
    isOptional: false,
    place,
    source: text,
  };
}

export function templateWord(
  { template, when }: ArgumentTemplate,
  parameters: ReadonlyMap<string, Parameter>,
  place: string,
): Word {
  const [first] = template;
  const used = namesIn(template).flatMap((name) => parameters.get(name) ?? []);
  return {
    head: first?.type === 'text' ? first.text : '',
    isLiteral: used.length === 0,
    hasCallersText: used.some(isFree),
    isOpen: beginsFreely(template, parameters),
    isOptional: when !== undefined || used.some((parameter) => isList(parameter) || mayBeAbsent(parameter)),
    place,
    source: template.map((part) => (part.type === 'text' ? part.text : `{${part.name}}`)).join(''),
  };
}

function isFree({ type }: Parameter): boolean {
  return type !== 'integer' && type !== 'number' && type !== 'boolean';
}

function beginsFreely(template: Template, parameters: ReadonlyMap<string, Parameter>): boolean {
  for (const part of template) {
    const parameter = part.type === 'parameter' ? parameters.get(part.name) : undefined;
    if (parameter === undefined || parameter.type === 'path') return false;
    const { enum: values } = parameter;
    // Only the manifest's own words can come, and none of them is an option.
    if (values?.every((value) => /^[^-]/.test(String(value))) === true) return false;
    if (isFree(parameter)) return true;
  }
  return false;
}

function mayBeAbsent({ required, default: standard }: Parameter): boolean {
  return !required && (standard === undefined || standard === null);
}
