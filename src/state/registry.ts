/** Which namespaces and types of resources there are, kept as resources themselves. */
import * as z from 'zod';

import { defineResource, type ResourceDefinition } from './define-resource.ts';
import type { Resource } from './resource.ts';
import type { State } from './state.ts';

/** Where definitions are, and whose they are. */
export const META = 'meta';

export const Namespaces = defineResource({
  type: 'Namespaces.meta.cosi.dev',
  namespace: META,
  aliases: ['ns'],
  columns: [{ name: 'Description', path: 'spec.description' }],
  schema: z.object({ description: z.string() }),
});

export const ResourceDefinitions = defineResource({
  type: 'ResourceDefinitions.meta.cosi.dev',
  namespace: META,
  aliases: ['api-resources'],
  columns: [{ name: 'Aliases', path: 'spec.allAliases' }],
  schema: z.object({
    type: z.string(),
    displayType: z.string(),
    defaultNamespace: z.string(),
    aliases: z.array(z.string()),
    allAliases: z.array(z.string()),
    printColumns: z.array(z.object({ name: z.string(), jsonPath: z.string() })),
    sensitivity: z.enum(['', 'sensitive']),
  }),
});

/** Tells the state what there is. Registering the same again is a conflict, as creating anything twice is. */
export class Registry {
  readonly #state: State;
  readonly #definitions = new Map<string, ResourceDefinition>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Registers what registers: the namespace and the two types of this file. */
  async begin(): Promise<void> {
    await this.namespace(META, 'What there is: namespaces and types of resources.');
    await this.define(Namespaces);
    await this.define(ResourceDefinitions);
  }

  /** Errors: StateError `already-exists`. */
  async namespace(name: string, description: string): Promise<Resource> {
    return await this.#state.create(Namespaces.make({ id: name, spec: { description } }), { owner: META });
  }

  /** Errors: StateError `already-exists`. */
  async define(definition: ResourceDefinition): Promise<Resource> {
    const { type, namespace, displayType, aliases, columns, sensitivity } = definition;
    const spec = {
      type,
      displayType,
      defaultNamespace: namespace,
      aliases: [...aliases],
      allAliases: [...aliases],
      printColumns: columns.map(({ name, path }) => ({ name, jsonPath: `{.${path}}` })),
      sensitivity,
    };
    const stored = await this.#state.create(ResourceDefinitions.make({ id: type.toLowerCase(), spec }), {
      owner: META,
    });
    this.#definitions.set(type, definition);
    return stored;
  }

  /** The definition with this type or alias, in any case; undefined when none has it, or several have. */
  find(name: string): ResourceDefinition | undefined {
    const asked = name.toLowerCase();
    const found = [...this.#definitions.values()].filter(
      ({ type, aliases }) => type.toLowerCase() === asked || aliases.includes(asked),
    );
    return found.length === 1 ? found[0] : found.find(({ type }) => type.toLowerCase() === asked);
  }

  get definitions(): readonly ResourceDefinition[] {
    return [...this.#definitions.values()];
  }
}
