/** The types of resources as clients see them, and what they call them. */
import * as z from 'zod';
import { nearestName } from '../../base/nearest-name.ts';
import { AgentError } from '../../protocol/agent-error.ts';
import type { ResourceKind, ResourceType } from '../../protocol/resource.ts';
import type { ResourceDefinition } from '../../state/define-resource.ts';
import type { Registry } from '../../state/registry.ts';
import type { Kind } from '../../state/resource.ts';
import type { AgentNamespace } from '../resources/namespaces.ts';

export class TypeTable {
  readonly #registry: Registry;
  readonly #readOnly: ReadonlySet<string>;
  /** Made once for each definition. */
  readonly #schemas = new WeakMap<ResourceDefinition, unknown>();

  constructor(registry: Registry, namespaces: readonly AgentNamespace[]) {
    this.#registry = registry;
    this.#readOnly = new Set(namespaces.filter(({ isReadOnly }) => isReadOnly).map(({ name }) => name));
  }

  list(): ResourceType[] {
    return this.#registry.definitions.map((definition) => {
      const { type, namespace, displayType, aliases, columns, sensitivity } = definition;
      return {
        type,
        namespace,
        name: displayType,
        aliases: [...aliases],
        columns: columns.map(({ name, path }) => ({ name, path })),
        sensitive: sensitivity === 'sensitive',
        read_only: this.#readOnly.has(namespace),
        schema: this.#schemaOf(definition),
      };
    });
  }

  /** Undefined for a type that is nowhere defined: such resources are kept as they are. */
  find(type: string): ResourceDefinition | undefined {
    return this.#registry.find(type);
  }

  /** The kind a client means. A type that is nowhere defined needs a namespace. Errors: AgentError `bad-request`. */
  kindOf({ type, namespace }: ResourceKind): Kind {
    const definition = this.#registry.find(type);
    if (definition !== undefined) return { type: definition.type, namespace: namespace ?? definition.namespace };
    if (namespace !== undefined) return { type, namespace };
    const known = this.#registry.definitions.flatMap((one) => [one.type, ...one.aliases]);
    const nearest = nearestName(type, known);
    const hint = nearest === undefined ? '"state.types" lists all' : `did you mean "${nearest}"?`;
    throw new AgentError('bad-request', `Cannot tell where "${type}" is: no such type is defined, ${hint}`);
  }

  #schemaOf(definition: ResourceDefinition): unknown {
    let schema = this.#schemas.get(definition);
    if (schema === undefined) {
      schema = jsonSchema(definition.schema);
      this.#schemas.set(definition, schema);
    }
    return schema;
  }
}

/** Anything, where a schema has no JSON Schema. */
function jsonSchema(schema: z.ZodType): unknown {
  try {
    return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  } catch {
    return {};
  }
}
