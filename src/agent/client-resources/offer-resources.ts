/** Lets built-ins, and so clients, use the agent's resources. */
import type { MakePart } from '../agent-part.ts';
import { ClientResources } from './client-resources.ts';
import { TypeTable } from './type-table.ts';

export const offerResources: MakePart = ({ resources, ...world }) => ({
  register: () => {
    const { clients, registry, namespaces } = resources;
    world.offer({ resources: new ClientResources(clients, new TypeTable(registry, namespaces)) });
  },
});
