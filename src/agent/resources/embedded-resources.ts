/** What a program that embeds an agent adds to its resources. */
import type { Controller, QueueController } from '../../state/controllers/controller.ts';
import type { ResourceDefinition } from '../../state/define-resource.ts';
import type { AgentResources } from './agent-resources.ts';

export interface EmbeddedResources {
  /** Types, in namespaces the agent has. Those in `config` are kept. */
  readonly definitions?: readonly ResourceDefinition[];
  readonly controllers?: readonly Controller[];
  readonly queueControllers?: readonly QueueController[];
}

/** Errors: TypeError for a type in a namespace that isn't there, or controllers that don't go together; StateError `already-exists` for a type the agent has. */
export async function registerEmbedded(resources: AgentResources, embedded: EmbeddedResources): Promise<void> {
  const { definitions = [], controllers = [], queueControllers = [] } = embedded;
  const names = resources.namespaces.map(({ name }) => name);
  for (const definition of definitions) {
    const { type, namespace } = definition;
    if (!names.includes(namespace)) {
      const known = names.map((name) => `"${name}"`).join(', ');
      throw new TypeError(`Cannot register the type "${type}": there is no namespace "${namespace}", only ${known}`);
    }
    await resources.registry.define(definition);
  }
  for (const controller of controllers) resources.runtime.register(controller);
  for (const controller of queueControllers) resources.runtime.registerQueue(controller);
}
