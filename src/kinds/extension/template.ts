/** A text with places for values: `--depth={depth}`. `{{` and `}}` are braces; `{secret:NAME}` stays as it is, for who starts the program. */

import { SECRET_NAME, SECRET_NAME_RULE } from '../../security/secrets/secret-name.ts';

export type TemplatePart =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'parameter'; readonly name: string };

/** Neighbouring texts are one; the empty text has no part. */
export type Template = readonly TemplatePart[];

const PLACE = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const SECRET = /^secret:(.*)$/s;

/** Names of parameters, in manifests and between braces. */
export const PARAMETER_NAME = /^[a-z][a-z0-9_-]{0,63}$/i;

/** Reads a template. A text that is none gives what is wrong with it. */
export function parseTemplate(text: string): { readonly template: Template } | { readonly trouble: string } {
  const parts: TemplatePart[] = [];
  let [literal, at] = ['', 0];
  for (const { 0: match, 1: name, index } of text.matchAll(PLACE)) {
    literal += text.slice(at, index);
    at = index + match.length;
    if (match === '{{' || match === '}}') literal += match[0] ?? '';
    else if (name === undefined) return { trouble: `a lone "${match}": write "${match}${match}" for a brace` };
    else if (SECRET.test(name)) {
      const [, secret = ''] = SECRET.exec(name) ?? [];
      if (!SECRET_NAME.test(secret)) return { trouble: `"${match}" is no secret: ${SECRET_NAME_RULE}` };
      literal += match;
    } else if (!PARAMETER_NAME.test(name)) {
      return { trouble: `"${match}" is no place for a parameter: write "{{" and "}}" for braces` };
    } else {
      if (literal !== '') parts.push({ type: 'text', text: literal });
      parts.push({ type: 'parameter', name });
      literal = '';
    }
  }
  literal += text.slice(at);
  if (literal !== '') parts.push({ type: 'text', text: literal });
  return { template: parts };
}

/** The names in a template, in order, each once. */
export function namesIn(template: Template): string[] {
  return [...new Set(template.flatMap((part) => (part.type === 'parameter' ? [part.name] : [])))];
}

/** Fills a template. Undefined when a value is absent. */
export function fillTemplate(template: Template, valueOf: (name: string) => string | undefined): string | undefined {
  let filled = '';
  for (const part of template) {
    const text = part.type === 'text' ? part.text : valueOf(part.name);
    if (text === undefined) return undefined;
    filled += text;
  }
  return filled;
}
