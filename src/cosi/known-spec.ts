import { ResourceDefinitions } from '../state/registry.ts';
import { type Resource, sealed } from '../state/resource.ts';
import { isStateError } from '../state/state-error.ts';
import type { State } from '../state/state.ts';
import { isOpaqueSpec } from './opaque-spec.ts';
import type { SpecYaml } from './spec-yaml.ts';

/**
 * What a client of another program writes of a resource that corex knows: its spec came as YAML, as it was shown, and is
 * made data again. Known are types that are defined and resources whose stored spec is data; what belongs to the client
 * alone stays as it came. Errors: StateError `bad-request` of YAML that can't be read.
 */
export function withKnownSpec(state: State, resource: Resource, yaml: SpecYaml): Resource | Promise<Resource> {
  const { spec } = resource;
  // Most writes come without: they don't wait for an answer that is known.
  if (!isOpaqueSpec(spec) || spec.$yaml === undefined || spec.$proto !== undefined) return resource;
  return readIfKnown(state, resource, spec.$yaml, yaml);
}

async function readIfKnown(state: State, resource: Resource, text: string, yaml: SpecYaml): Promise<Resource> {
  const isKnown = (await isDefined(state, resource.metadata.type)) || (await isStoredAsData(state, resource));
  return isKnown ? sealed(resource.metadata, yaml.read(text)) : resource;
}

async function isDefined(state: State, type: string): Promise<boolean> {
  const found = await findIn(state, ResourceDefinitions.pointer(type.toLowerCase()));
  return found !== undefined;
}

async function isStoredAsData(state: State, { metadata }: Resource): Promise<boolean> {
  const found = await findIn(state, metadata);
  return found !== undefined && !isOpaqueSpec(found.spec);
}

/** A state need not have the namespace, nor let clients see it. */
async function findIn(state: State, pointer: Parameters<State['find']>[0]): Promise<Resource | undefined> {
  try {
    return await state.find(pointer);
  } catch (error) {
    if (isStateError(error)) return undefined;
    throw error;
  }
}
