/** What a type of resource is. */
import type * as z from 'zod';

import { newResource, type Pointer, type Resource, type ResourceParts } from './resource.ts';
import { named, StateError } from './state-error.ts';

/** A column of a table of resources, for people. */
export interface Column {
  readonly name: string;
  /** Where the value is: names from the resource down, joined by dots, such as `spec.address` or `metadata.labels.zone`. */
  readonly path: string;
}

export interface ResourceDefinitionParts<Schema extends z.ZodType> {
  /** `Names.group.example`: a plural in CamelCase and a suffix. */
  readonly type: string;
  /** The namespace such resources are in unless another is said. */
  readonly namespace: string;
  /** Short names beside those that are made of the type. */
  readonly aliases?: readonly string[];
  readonly columns?: readonly Column[];
  /** `sensitive`: only who may see everything is to see the specs. @default '' */
  readonly sensitivity?: '' | 'sensitive';
  /** Shape of the spec. */
  readonly schema: Schema;
}

/** A type of resource, and what makes and reads such. */
export interface ResourceDefinition<Spec = unknown> {
  readonly type: string;
  readonly namespace: string;
  /** The singular, as people say it. */
  readonly displayType: string;
  /** All names by which people may call it, but the type itself. */
  readonly aliases: readonly string[];
  readonly columns: readonly Column[];
  readonly sensitivity: '' | 'sensitive';
  readonly schema: z.ZodType<Spec>;
  /** A new resource of this type. Errors: StateError `bad-request` for a spec of another shape. */
  make(parts: Omit<ResourceParts<Spec>, 'namespace' | 'type'> & { readonly namespace?: string }): Resource<Spec>;
  pointer(id: string, namespace?: string): Pointer;
  /** The same resource, known to be of this type. Errors: StateError `bad-request`. */
  read(resource: Resource): Resource<Spec>;
}

/**
 * Describes a type of resource.
 *
 * Errors: TypeError for a name that is none. What a name must be like: the reference of COSI resource definitions.
 */
export function defineResource<Schema extends z.ZodType>(
  parts: ResourceDefinitionParts<Schema>,
): ResourceDefinition<z.infer<Schema>> {
  type Spec = z.infer<Schema>;
  const { type, namespace, columns = [], sensitivity = '', schema } = parts;
  const { displayType, aliases } = namesOf(type, parts.aliases ?? []);
  const checked = (spec: unknown, subject: Pointer, verb: string): Spec => {
    const result = schema.safeParse(spec);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'spec' : `spec.${issue.path.join('.')}`;
    throw new StateError(
      'bad-request',
      `Cannot ${verb} ${named(subject)}: ${where}: ${issue?.message ?? 'it has another shape'}`,
      subject,
    );
  };
  return {
    type,
    namespace,
    displayType,
    aliases,
    columns,
    sensitivity,
    schema: schema as unknown as z.ZodType<Spec>,
    make: (given) => {
      const pointer = { namespace: given.namespace ?? namespace, type, id: given.id };
      return newResource<Spec>({ ...given, ...pointer, spec: checked(given.spec, pointer, 'make') });
    },
    pointer: (id, where = namespace) => ({ namespace: where, type, id }),
    read: (resource) => {
      const { metadata } = resource;
      if (metadata.type !== type) {
        throw new StateError(
          'bad-request',
          `Cannot read ${named(metadata)} as ${type}: it is of another type`,
          metadata,
        );
      }
      return { metadata, spec: checked(resource.spec, metadata, 'read') };
    },
  };
}

const NAME = /^[A-Z][A-Za-z0-9-]+$/;
const SUFFIX = /^[a-z][a-z0-9-]+(\.[a-z][a-z0-9-]+)*$/;

interface Names {
  readonly displayType: string;
  readonly aliases: readonly string[];
}

function namesOf(type: string, given: readonly string[]): Names {
  const dot = type.indexOf('.');
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot define the resource type "${type}": ${why}`);
  };
  if (dot === -1) refuse('it has no suffix, such as "Jobs.runtime.corex"');
  const [name, suffix] = [type.slice(0, dot), type.slice(dot + 1)];
  if (name === '' || suffix === '') refuse('neither name nor suffix may be empty');
  if (name === name.toLowerCase()) refuse('its name must be in CamelCase');
  if (!NAME.test(name)) refuse('its name has letters, digits and hyphens only, a capital first');
  if (!SUFFIX.test(suffix)) refuse('its suffix is made of lower-case words joined by dots');
  const displayType = singularOf(name);
  if (displayType === name) refuse('its name must be a plural');
  const plural = name.toLowerCase();
  const words = suffix.split('.').slice(0, -1);
  const qualified = words.map((_word, at) => [plural, ...words.slice(0, at + 1)].join('.'));
  const initials = name.replaceAll(/[^A-Z]/g, '').toLowerCase();
  const short = initials.length < 2 ? [] : [initials, ...(initials.endsWith('s') ? [] : [`${initials}s`])];
  return {
    displayType,
    aliases: [...new Set([plural, displayType.toLowerCase(), ...qualified, ...short, ...given])],
  };
}

function singularOf(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  if (/(sses|shes|ches|xes|uses)$/.test(name)) return name.slice(0, -2);
  return name.endsWith('s') && !/(ss|us|is)$/.test(name) ? name.slice(0, -1) : name;
}
