import path from 'node:path';
import type { JsonValue } from '../../base/json.ts';
import type { SystemArguments } from '../system/system-arguments.ts';
import type { ArgumentTemplate, Extension } from './extension.ts';
import { renderValue } from './render-value.ts';
import { fillTemplate, namesIn } from './template.ts';

/** Values by the name of their parameter; what is absent has none. */
export type ParameterValues = ReadonlyMap<string, JsonValue>;

/**
 * What an extension's program is started with. Each entry of `args` gives one argument, whatever its values hold; one
 * with a list gives one for each item; one whose value is absent gives none. The same holds for variables and standard
 * input.
 */
export function fillArguments(extension: Extension, values: ParameterValues): SystemArguments {
  const fill = (template: Extension['stdin']): string | undefined =>
    template === undefined ? undefined : fillTemplate(template, (name) => rendered(values.get(name)));
  const [dir, stdin] = [fill(extension.cwd), fill(extension.stdin)];
  const env = Object.entries(extension.env).flatMap(([name, template]) => {
    const value = fill(template);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    name: extension.binary,
    args: extension.args.flatMap((argument) => fillArgument(argument, extension, values)),
    ...(dir === undefined
      ? {}
      : { dir: extension.cwd?.[0]?.type === 'text' ? path.resolve(extension.directory, dir) : dir }),
    ...(env.length === 0 ? {} : { env: Object.fromEntries(env) }),
    ...(stdin === undefined ? {} : { stdin }),
    ...extension.fixed,
  };
}

function fillArgument(
  { template, when }: ArgumentTemplate,
  { parameters }: Extension,
  values: ParameterValues,
): string[] {
  if (when !== undefined && (values.get(when) ?? false) === false) return [];
  const list = namesIn(template).find((name) => parameters.get(name)?.type === 'list');
  const items = list === undefined ? [undefined] : ((values.get(list) ?? []) as readonly JsonValue[]);
  return items.flatMap((item) => {
    const filled = fillTemplate(template, (name) => rendered(name === list ? item : values.get(name)));
    return filled === undefined ? [] : [beginsWithPath(template, parameters) ? neverAnOption(filled) : filled];
  });
}

function rendered(value: JsonValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : renderValue(value);
}

function beginsWithPath([first]: ArgumentTemplate['template'], parameters: Extension['parameters']): boolean {
  return first?.type === 'parameter' && parameters.get(first.name)?.type === 'path';
}

/** The same file by a name no program takes for an option. */
function neverAnOption(file: string): string {
  return file.startsWith('-') ? `./${file}` : file;
}
