/** Resources on standard output, as they are wanted. */
import { plainToJson } from '../../base/plain-json.ts';
import type { ResourceValue } from '../../client/resource-value.ts';
import type { Cli } from '../cli-context.ts';
import type { Screen } from '../output.ts';
import { tableLines } from '../table.ts';
import type { ChosenKind } from './find-type.ts';
import { printable } from '../text-width.ts';
import { resourceColumns } from './resource-columns.ts';
import type { Format } from './resource-options.ts';

/** As the wire has it, and files that `corex apply` reads. */
export function writtenResource({ metadata, spec }: ResourceValue) {
  return { metadata, spec: plainToJson(spec) };
}

/** One document of YAML. On a terminal nothing in it steers that. */
export async function yamlOf(value: unknown, { isTerminal }: Pick<Screen, 'isTerminal'>): Promise<string> {
  const { stringify } = await import('yaml');
  const text = stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 }).trimEnd();
  return isTerminal ? text.split('\n').map(printable).join('\n') : text;
}

/** Writes resources of a kind; `isOne`: a single one was asked for by its id. */
export async function showResources(
  resources: readonly ResourceValue[],
  kind: ChosenKind,
  { format, isOne }: { readonly format: Format; readonly isOne: boolean },
  { output }: Cli,
): Promise<void> {
  const written = resources.map(writtenResource);
  if (format === 'json') {
    await output.json(isOne ? written[0] : { resources: written });
  } else if (format === 'yaml') {
    for (const [at, resource] of written.entries()) {
      await output.line(`${at === 0 ? '' : '---\n'}${await yamlOf(resource, output.stdout)}`);
    }
  } else if (resources.length === 0) {
    await output.note(`No resources of type ${kind.type} in "${kind.namespace}".`);
  } else {
    const wide = format === 'wide';
    const columns = resourceColumns(kind, { wide, hasEvents: false, now: Date.now });
    const { width, paint } = output.stdout;
    const rows = resources.map((resource) => ({ resource }));
    await output.line((await tableLines(columns, rows, { width: wide ? undefined : width, paint })).join('\n'));
  }
}
