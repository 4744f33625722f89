/** Resources as they cross the wire. */
import * as z from 'zod';
import {
  MAX_FINALIZERS,
  MAX_ID_PATTERN,
  MAX_LABEL_QUERIES,
  MAX_LABEL_TERMS,
  MAX_LABEL_VALUE,
  MAX_LABELS,
  MAX_RESOURCE_NAME,
} from './limits.ts';

const epoch = z.int().min(0).describe('Milliseconds since 1970.');

/** Text that every store gives back as it was: whole characters, and none that ends a text elsewhere. */
const name = z
  .string()
  .min(1)
  .max(MAX_RESOURCE_NAME)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), { error: 'must be whole characters without NUL' });

export const ResourceName = name;
const ResourcePhase = z
  .enum(['running', 'tearing-down'])
  .describe('`tearing-down`: somebody wants it gone; it goes when its last finalizer does.');

const Labels = z
  .record(name, z.string().max(MAX_LABEL_VALUE))
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, { error: `has more than ${MAX_LABELS} members` });
const Annotations = z
  .record(name, z.string())
  .refine((all) => Object.keys(all).length <= MAX_LABELS, { error: `has more than ${MAX_LABELS} members` });
const Finalizers = z.array(name).max(MAX_FINALIZERS);

/** A resource as the agent gives it. */
export const Resource = z
  .strictObject({
    metadata: z.strictObject({
      namespace: z.string(),
      type: z.string(),
      id: z.string(),
      version: z.int().min(0).describe('Grows by one with every write, from 1 in each life.'),
      owner: z.string().describe('The controller it belongs to; empty: nobody’s.'),
      phase: ResourcePhase,
      created: epoch,
      updated: epoch,
      labels: z.record(z.string(), z.string()).describe('Can be asked for in queries.'),
      annotations: z.record(z.string(), z.string()).describe('Can’t be asked for in queries.'),
      finalizers: z.array(z.string()).describe('Who has something to do before it may go.'),
      uid: z.string().describe('Names this life of it: another one of the same id has another.'),
    }),
    spec: z
      .unknown()
      .describe('What it says. Bytes are {"$bytes": base64}, integers that JSON can’t hold {"$bigint": digits}.'),
  })
  .describe('A value that is remembered and watched.');

/** A resource as a client gives it: as it was got, or with what matters alone. */
export const GivenResource = z
  .strictObject({
    metadata: z.strictObject({
      namespace: name.nullish().describe('Default: that of its type.'),
      type: name.describe('A type, or one of its names.'),
      id: name,
      version: z.int().min(0).nullish().describe('For an update: the version it was made from.'),
      owner: z.string().max(MAX_RESOURCE_NAME).nullish().describe('Only the state changes it.'),
      phase: ResourcePhase.nullish().describe('Default `running`.'),
      created: epoch.nullish().describe('Not read.'),
      updated: epoch.nullish().describe('Not read.'),
      labels: Labels.nullish(),
      annotations: Annotations.nullish(),
      finalizers: Finalizers.nullish(),
      uid: z
        .string()
        .max(MAX_RESOURCE_NAME)
        .nullish()
        .describe('For an update: refused when another life of it is stored.'),
    }),
    spec: z.unknown().optional(),
  })
  .describe('A resource, as `state.get` gives it; of the metadata only `type` and `id` must be there.');

const LabelTerm = z.strictObject({
  key: name,
  operation: z.enum(['exists', 'equal', 'in', 'lt', 'lte', 'lt-numeric', 'lte-numeric']),
  values: z.array(z.string().max(MAX_LABEL_VALUE)).max(MAX_LABEL_TERMS).nullish().describe('What it is compared with.'),
  invert: z.boolean().nullish().describe('The opposite. Default false.'),
});

/** Any of these queries, all terms of each. */
export const LabelQueries = z.array(z.array(LabelTerm).max(MAX_LABEL_TERMS)).max(MAX_LABEL_QUERIES);

/** A regular expression (RE2) that is found somewhere in the id. */
export const IdPattern = z.string().max(MAX_ID_PATTERN);

export const Bookmark = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_-]*$/, { error: 'must be base64url, as an event told it' });

const bookmark = z.string().describe('Where this stands: `from` begins a watch behind it.');

/** What a watch tells. */
export const ResourceEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('created'), resource: Resource, bookmark: bookmark.optional() }),
  z.strictObject({
    event: z.literal('updated'),
    resource: Resource,
    old: Resource.describe('As it was before.'),
    bookmark: bookmark.optional(),
  }),
  z.strictObject({
    event: z.literal('destroyed'),
    id: z.string(),
    resource: Resource.optional().describe('As it was last; missing when there is none where a watch begins.'),
    bookmark: bookmark.optional(),
  }),
  z.strictObject({ event: z.literal('bootstrapped'), bookmark }),
  z.strictObject({ event: z.literal('noop'), bookmark }),
]);

/** A type of resource that the agent knows. */
export const ResourceType = z.strictObject({
  type: z.string(),
  namespace: z.string().describe('Where such are unless another is said.'),
  name: z.string().describe('The singular, as people say it.'),
  aliases: z.array(z.string()).describe('All other names by which it may be called, in any case.'),
  columns: z.array(z.strictObject({ name: z.string(), path: z.string() })).describe('Of a table for people.'),
  sensitive: z.boolean(),
  read_only: z.boolean().describe('Clients may only look at such, unless they name another namespace.'),
  schema: z.unknown().describe('JSON Schema of the spec.'),
});

/** All resources of a type in a namespace. The type may be called by any of its names; then the namespace may be missing. */
export interface ResourceKind {
  readonly type: string;
  readonly namespace?: string | undefined;
}

export interface ResourcePointer extends ResourceKind {
  readonly id: string;
}

export type Resource = z.infer<typeof Resource>;
export type GivenResource = z.infer<typeof GivenResource>;
export type LabelQueries = z.infer<typeof LabelQueries>;
export type ResourceEvent = z.infer<typeof ResourceEvent>;
export type ResourceType = z.infer<typeof ResourceType>;
