/** Which primaries a change of another resource concerns: the usual answers. */
import type { ResourceDefinition } from '../../define-resource.ts';
import { type LabelTerm, matchesLabels } from '../../label-query.ts';
import type { Resource } from '../../resource.ts';
import type { Changed, ControllerContext } from '../controller.ts';

/** Gives the ids of the primaries. */
export type Mapper = (changed: Changed, context: ControllerContext) => Iterable<string> | Promise<Iterable<string>>;

export const mappers = {
  /** The one of the same id. */
  sameId: (({ id }) => [id]) satisfies Mapper,

  /** None: it may be read, and wakes nobody. */
  none: (() => []) satisfies Mapper,

  /** The one named by a label; none when the label is missing, or one of the terms does not hold. */
  labelValue(label: string, ...terms: readonly LabelTerm[]): Mapper {
    return ({ labels }) => {
      const id = Object.hasOwn(labels, label) ? labels[label] : undefined;
      return id !== undefined && matchesLabels([terms], labels) ? [id] : [];
    };
  },

  /** Reads the resource and asks `map`; none when it is gone. Errors: those of reading. */
  typed<Spec>(
    definition: ResourceDefinition<Spec>,
    map: (resource: Resource<Spec>, context: ControllerContext) => Iterable<string> | Promise<Iterable<string>>,
  ): Mapper {
    return async ({ namespace, type, id }, context) => {
      const found = await context.state.find({ namespace, type, id });
      return found === undefined ? [] : await map(definition.read(found), context);
    };
  },
} as const;
