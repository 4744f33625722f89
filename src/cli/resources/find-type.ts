import { nearestName } from '../../base/nearest-name.ts';
import type { ResourceType } from '../../protocol/resource.ts';
import { CliError } from '../cli-error.ts';

/** The resources a command line means. `definition` is missing for a type that is nowhere defined. */
export interface ChosenKind {
  readonly type: string;
  readonly namespace: string;
  readonly definition: ResourceType | undefined;
}

/** Finds a type by any of its names. One that is nowhere defined needs a namespace. Errors: CliError with the nearest name. */
export function findType(types: readonly ResourceType[], name: string, namespace: string | undefined): ChosenKind {
  const asked = name.toLowerCase();
  const exact = types.find(({ type }) => type.toLowerCase() === asked);
  const found = exact === undefined ? types.filter(({ aliases }) => aliases.includes(asked)) : [exact];
  const [definition, another] = found;
  if (definition !== undefined && another === undefined) {
    return { type: definition.type, namespace: namespace ?? definition.namespace, definition };
  }
  const advice = ['"corex api-resources" lists all types'];
  if (another !== undefined) {
    throw new CliError(`Cannot tell which type "${name}" is: ${found.map(({ type }) => type).join(' or ')}`, {
      advice,
    });
  }
  if (namespace !== undefined) return { type: name, namespace, definition: undefined };
  const nearest = nearestName(
    name,
    types.flatMap(({ type, aliases }) => [type, ...aliases]),
  );
  const hint = nearest === undefined ? '' : `, did you mean "${nearest}"?`;
  throw new CliError(`Cannot find the type "${name}": no such type of resource is defined${hint}`, { advice });
}

/** How people call a resource: `disk/sda`. */
export function shownName({ definition, type }: Pick<ChosenKind, 'definition' | 'type'>, id: string): string {
  return `${definition?.name.toLowerCase() ?? type}/${id}`;
}
