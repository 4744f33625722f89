/** What several commands for resources take. */
import * as z from 'zod';
import { IdPattern, LabelQueries, ResourceName } from 'corex/builtin';

/** All resources of a type in a namespace. */
export const KIND = {
  type: ResourceName.describe('A type of resource, or one of its names; see `state.types`.'),
  namespace: ResourceName.nullish().describe('Default: that of the type, where it is defined.'),
};

export const POINTER = { ...KIND, id: ResourceName.describe('Of the resource.') };

/** Which of a kind. */
export const QUERY = {
  labels: LabelQueries.nullish().describe(
    'Queries by labels, of which one must hold, with all its terms: `[[{"key": "app", "operation": "equal", "values": ["web"]}]]`.',
  ),
  id_match: IdPattern.nullish().describe('A regular expression (RE2) that is found somewhere in the id.'),
};

export const OWNER = {
  owner: z
    .string()
    .max(512)
    .nullish()
    .describe('The controller that writes. Default: nobody, who may write what belongs to nobody.'),
};

interface Kind {
  readonly type: string;
  readonly namespace?: string | null | undefined;
}

/** Null means absent. */
export function kindOf({ type, namespace }: Kind) {
  return { type, namespace: namespace ?? undefined };
}

export function pointerOf({ id, ...kind }: Kind & { readonly id: string }) {
  return { ...kindOf(kind), id };
}

/** A resource for the documents. */
export function exampleResource(version: number, size: number) {
  return {
    metadata: {
      namespace: 'config',
      type: 'Disks.example.corex',
      id: 'sda',
      version,
      owner: '',
      phase: 'running',
      created: 1767225600000,
      updated: 1767225600000,
      labels: { bus: 'nvme' },
      annotations: {},
      finalizers: [],
      uid: '0b0f2c36-6a4e-4a7e-8f0a-3d1c5f9d2e11',
    },
    spec: { gigabytes: size },
  };
}
