import { defineBuiltin } from 'corex/builtin';
import { offered } from '../offered.ts';

export const stateTypes = defineBuiltin({
  name: 'state.types',
  summary: 'The types of resources that are defined, with their names, columns and schemas.',
  errors: ['not-able'],
  example: {
    data: [
      {
        type: 'Namespaces.meta.cosi.dev',
        namespace: 'meta',
        name: 'Namespace',
        aliases: ['namespaces', 'namespace', 'namespaces.meta', 'namespaces.meta.cosi', 'ns'],
        columns: [{ name: 'Description', path: 'spec.description' }],
        sensitive: false,
        read_only: true,
        schema: { type: 'object', properties: { description: { type: 'string' } }, required: ['description'] },
      },
    ],
  },
  run: (_args, context) => offered(context.agent.resources, context).types(),
});
